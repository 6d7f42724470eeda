/** How a {@link HashRate} divides its window. */
export interface HashRateOptions {
  /** The time that is looked back on. */
  readonly windowMs?: number;
  /** Parts of the window; the oldest part goes as a whole. */
  readonly buckets?: number;
}

const WINDOW_MS = 10 * 60 * 1_000;
const BUCKETS = 60;

/**
 * Estimates a hash rate from the work of accepted shares: the work within a sliding window divided
 * by its length, in solutions a second. Shares come at random, so that with n shares in the window
 * the estimate is off by about one in the square root of n.
 *
 * Memory does not grow: the window is a ring of buckets. Until a whole window has passed since the
 * first share, only the time that has passed counts, so that a young pool is not shown too slow.
 */
export class HashRate {
  readonly #bucketMs: number;
  readonly #work: bigint[];
  #sum = 0n;
  /** Number of the newest bucket, counted from the origin of the monotonic clock. */
  #newest = Number.NEGATIVE_INFINITY;
  #firstMs: number | undefined;

  constructor(options: HashRateOptions = {}) {
    const { windowMs = WINDOW_MS, buckets = BUCKETS } = options;
    this.#bucketMs = windowMs / buckets;
    this.#work = new Array<bigint>(buckets).fill(0n);
  }

  /**
   * Adds the work of a share.
   *
   * @param work expected solutions: 2^256 / (target + 1).
   * @param nowMs of the monotonic clock.
   */
  add(work: bigint, nowMs: number): void {
    this.#advance(nowMs);
    this.#firstMs ??= nowMs;
    const index = this.#newest % this.#work.length;
    this.#work[index] = (this.#work[index] ?? 0n) + work;
    this.#sum += work;
  }

  /**
   * Solutions a second; for display only.
   *
   * @param nowMs of the monotonic clock.
   */
  solutionsPerSecond(nowMs: number): number {
    this.#advance(nowMs);
    if (this.#firstMs === undefined || this.#sum === 0n) return 0;
    // The newest bucket is partly in the future: it counts as far as it has come.
    const coveredMs = (this.#work.length - 1) * this.#bucketMs + (nowMs % this.#bucketMs);
    // One share a moment ago is no rate yet; a bucket is the least time that is divided by.
    const elapsedMs = Math.max(this.#bucketMs, Math.min(coveredMs, nowMs - this.#firstMs));
    return Number(this.#sum) / (elapsedMs / 1_000);
  }

  /** Empties the buckets that time has left behind. */
  #advance(nowMs: number): void {
    const newest = Math.max(this.#newest, Math.floor(nowMs / this.#bucketMs));
    const passed = Math.min(newest - this.#newest, this.#work.length);
    for (let i = 0; i < passed; i++) {
      const index = (newest - i) % this.#work.length;
      this.#sum -= this.#work[index] ?? 0n;
      this.#work[index] = 0n;
    }
    this.#newest = newest;
  }
}
