import type { ShareEvent } from "../../money/records/mod.ts";

/** What a pool tells the program that started it; the demo prints it, tests wait for it. */
export type PoolEvent =
  | ShareEvent
  | {
    readonly kind: "work";
    readonly height: number;
    readonly newParent: boolean;
    readonly transactions: number;
  };
