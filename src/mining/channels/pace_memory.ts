import type { BurstMeter } from "./burst_meter.ts";

/** What was measured of a channel that is closed. */
export interface MeasuredPace {
  readonly meter: BurstMeter;
  /** The target that the channel had at its end. */
  readonly target: bigint;
}

/**
 * The paces of closed channels of one connection that had sent a burst. The next channel goes on with
 * one of them, under whatever name: closing and opening would otherwise make each burst the first.
 * Every opening takes one, so that there are never more than channels at one time.
 */
export class PaceMemory {
  readonly #paces = new Set<MeasuredPace>();

  /** Keeps the pace of a channel that closes, where there is a burst to be remembered. */
  keep(pace: MeasuredPace, nowMs: number): void {
    if (pace.meter.exceeds(nowMs)) this.#paces.add(pace);
  }

  /** The pace with the hardest target, for a channel that opens; undefined when there is none. */
  take(nowMs: number): MeasuredPace | undefined {
    let hardest: MeasuredPace | undefined;
    for (const pace of this.#paces) {
      if (!pace.meter.exceeds(nowMs)) this.#paces.delete(pace);
      else if (hardest === undefined || pace.target < hardest.target) hardest = pace;
    }
    if (hardest !== undefined) this.#paces.delete(hardest);
    return hardest;
  }
}
