import type { BlockTemplate } from "../zcash/mod.ts";

/**
 * What a template provider tells.
 *
 * - `template`: work to be handed out. Whether it builds on another block than the work before it, so
 *   that all older jobs are void, is for the reader to decide (`JobBook` does): one that is slow does
 *   not see every template;
 * - `unusable`: no node gives work; `sinceMs` is how long ago the last template was confirmed (or
 *   the provider started). Told again when the reason changes. With `parentLost` a node is known
 *   to have left the block that the last told work builds on, or its template has turned out to be
 *   wrong: that work is void already;
 * - `usable`: some node gives work again; the template follows.
 */
export type TemplateEvent =
  | {
    readonly kind: "template";
    readonly template: BlockTemplate;
    readonly nodeUrl: string;
  }
  | {
    readonly kind: "unusable";
    readonly reason: string;
    readonly sinceMs: number;
    readonly parentLost?: true;
  }
  | { readonly kind: "usable" };
