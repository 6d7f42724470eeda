/**
 * Keeps a loop from spinning: a few turns may follow each other at once, more only at intervals. On
 * test networks a long poll answers every 5 seconds with nothing new, a faulty node or proxy
 * might answer at once, without end.
 */
export class Pace {
  readonly #burst: number;
  readonly #everyMs: number;
  #tokens: number;
  #countedAt = 0;

  constructor(options: { readonly burst: number; readonly everyMs: number }) {
    this.#burst = options.burst;
    this.#everyMs = options.everyMs;
    this.#tokens = options.burst;
  }

  /** Takes a turn; returns how long to wait before it, in milliseconds. */
  take(nowMs: number): number {
    const gained = (nowMs - this.#countedAt) / this.#everyMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained) - 1;
    this.#countedAt = nowMs;
    return this.#tokens >= 0 ? 0 : -this.#tokens * this.#everyMs;
  }
}
