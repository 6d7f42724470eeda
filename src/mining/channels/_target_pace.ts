/**
 * Least time between two changes of one channel's target of which the second is asked for or eases.
 * Each costs a nonce prefix and three messages; proxies ask about once a second.
 */
const INTERVAL_MS = 1_000;

/** Changes on one parent at that pace; each one after them waits twice as long as the one before. */
const QUICK_CHANGES = 16;

/**
 * Paces the changes of a channel's target on one parent. No job of a live parent may be forgotten,
 * since it may be a block, and every change is a job: by this there are a few dozen, however long the
 * parent lives. Harder targets for a flood do not wait; there is only a way from easy to hard.
 */
export class TargetPace {
  #changes = 0;
  #changedAt = -Infinity;

  /** Whether a target may be eased, or moved by the miner's word, at this moment. */
  allows(nowMs: number): boolean {
    const wait = INTERVAL_MS * 2 ** Math.max(0, this.#changes - QUICK_CHANGES);
    return nowMs - this.#changedAt >= wait;
  }

  /** The target was changed. */
  count(nowMs: number): void {
    this.#changes++;
    this.#changedAt = nowMs;
  }

  /** Jobs of earlier parents are dead and need not be kept. */
  parentChanged(): void {
    this.#changes = 0;
  }
}
