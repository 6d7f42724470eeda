/** Shares above the wanted pace that chance and a first, wrong target explain: as in vardiff. */
const BURST_SHARES = 16;

/** Twice the wanted pace is free, so that a steady miner's chance never adds up to a burst. */
const FREE_PACES = 2;

/** A burst is remembered for this long at most, however large it was. */
const MEMORY_MS = 600_000;

/**
 * Counts the shares of a channel above the wanted pace, whatever they are worth: a leaky bucket. No
 * change of target empties it, so that it knows a miner who floods the pool between its own words,
 * which a window that begins anew with each word does not. Time is handed in as monotonic
 * milliseconds.
 */
export class BurstMeter {
  readonly #leakPerMs: number;
  #level = 0;
  #atMs: number;

  /** @param targetSharesPerMinute the wanted pace, above 0. */
  constructor(targetSharesPerMinute: number, nowMs: number) {
    this.#leakPerMs = FREE_PACES * targetSharesPerMinute / 60_000;
    this.#atMs = nowMs;
  }

  /** Counts one accepted share. */
  count(nowMs: number): void {
    this.#leak(nowMs);
    const levelMax = BURST_SHARES + MEMORY_MS * this.#leakPerMs;
    this.#level = Math.min(this.#level + 1, levelMax);
  }

  /** True while more shares came than the wanted pace and chance explain. */
  exceeds(nowMs: number): boolean {
    this.#leak(nowMs);
    return this.#level > BURST_SHARES;
  }

  #leak(nowMs: number): void {
    this.#level = Math.max(0, this.#level - (nowMs - this.#atMs) * this.#leakPerMs);
    this.#atMs = nowMs;
  }
}
