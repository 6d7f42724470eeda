/**
 * The target of the hash rate that a miner states, and whether it was shown to be too hard. A rate is
 * believed until variable difficulty had to ease below it; from then on no rate as high is believed,
 * however often it is stated, until shares come as fast as it promises.
 */
export class StatedTarget {
  #believed: bigint | undefined;
  #disproved: bigint | undefined;

  /** @param disproved a target that an earlier session of the miner has shown to be too hard. */
  constructor(believed: bigint | undefined, disproved: bigint | undefined) {
    this.#believed = believed;
    this.#disproved = disproved;
  }

  /** The hardest target that was shown to be too hard; undefined when none is. */
  get disproved(): bigint | undefined {
    return this.#disproved;
  }

  /** Whether a rate with this target can be believed; then it is. */
  tryBelieve(target: bigint): boolean {
    if (isDisproved(target, this.#disproved)) return false;
    this.#believed = target;
    return true;
  }

  /** Variable difficulty has moved the channel's target. */
  moved(target: bigint): void {
    if (this.#believed !== undefined && target > this.#believed) {
      this.#disproved = this.#believed;
      this.#believed = undefined;
    } else if (this.#disproved !== undefined && target <= this.#disproved) {
      this.#disproved = undefined;
    }
  }
}

/** Whether a target is as hard as one that was shown to be too hard. */
export function isDisproved(target: bigint, disproved: bigint | undefined): boolean {
  return disproved !== undefined && target <= disproved;
}
