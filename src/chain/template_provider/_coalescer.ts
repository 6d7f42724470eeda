import { equalBytes } from "../../base/mod.ts";
import type { Clock } from "../../base/mod.ts";
import type { BlockTemplate } from "../zcash/mod.ts";

/**
 * After a new tip Zebra answers with an empty template at once and with the full one some 3 ms
 * later. Sending both to ten thousand miners would double the work of the busiest moment, so an
 * empty template on a new parent waits for a full one, but not for long.
 */
export class Coalescer {
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #emit: (template: BlockTemplate) => void;
  #emitted: BlockTemplate | undefined;
  #held: BlockTemplate | undefined;
  #cancel: () => void = () => {};

  /** @param emit gets each template that is not replaced within the window. */
  constructor(windowMs: number, clock: Clock, emit: (template: BlockTemplate) => void) {
    this.#windowMs = windowMs;
    this.#clock = clock;
    this.#emit = emit;
  }

  offer(template: BlockTemplate): void {
    const waits = template.transactions.length === 0 && this.#windowMs > 0 &&
      !sameParent(template, this.#emitted);
    if (!waits) return this.#release(template);
    const timed = sameParent(template, this.#held);
    this.#held = template;
    if (timed) return;
    this.#cancel();
    this.#cancel = this.#clock.after(this.#windowMs, () => this.flush());
  }

  /** Emits what is held back. */
  flush(): void {
    if (this.#held !== undefined) this.#release(this.#held);
  }

  /** Drops what is held back. */
  drop(): void {
    this.#cancel();
    this.#held = undefined;
  }

  #release(template: BlockTemplate): void {
    this.#cancel();
    this.#held = undefined;
    this.#emitted = template;
    this.#emit(template);
  }
}

function sameParent(a: BlockTemplate, b: BlockTemplate | undefined): boolean {
  return b !== undefined && equalBytes(a.previousBlockHash, b.previousBlockHash);
}
