/** Shares that an allowance gathers while none come: those of one second. */
const GATHERED_MS = 1_000;

/**
 * How many shares a connection may send: a number at once, and from then on a number a second. Time is
 * handed in as monotonic milliseconds.
 */
export class ShareAllowance {
  readonly #perMs: number;
  readonly #max: number;
  #left: number;
  #atMs: number;

  /** @param perSecond above 0. */
  constructor(perSecond: number, nowMs: number) {
    this.#perMs = perSecond / 1_000;
    this.#max = this.#perMs * GATHERED_MS;
    this.#left = this.#max;
    this.#atMs = nowMs;
  }

  /** Takes a share's place; false where there is none. */
  take(nowMs: number): boolean {
    this.#left = Math.min(this.#max, this.#left + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

/**
 * How long nothing is read from a connection that has sent more than it may: reading and hashing a
 * flood costs too, and TCP slows its sender meanwhile. A block of that connection waits no longer.
 */
export const OVER_LIMIT_PAUSE_MS = 50;
