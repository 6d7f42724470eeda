import type { TargetBounds } from "./channel.ts";
import { targetForHashRate } from "./vardiff.ts";

/**
 * No machine reports more: a hundred thousand times the whole network of 2026 (some 10^10 Sol/s).
 */
const NOMINAL_HASH_RATE_MAX = 1e15;

/** What miners say of themselves when they open or update a channel. */
export interface ChannelWish {
  /** Solutions a second; 0 when it is not known. */
  readonly nominalHashRate: number;
  /** The easiest target that the miner accepts, 0 to 2^256-1. */
  readonly maxTarget: bigint;
  /** The target that the miner asks for itself, 0 to 2^256-1; comes before the hash rate. */
  readonly target?: bigint;
}

/** Why a wish cannot be met. */
export type WishRefusal = "invalid-hash-rate" | "max-target-too-hard";

/** The wish in the pool's terms, or why it is refused. */
export type WishAnswer =
  | {
    readonly accepted: true;
    readonly maxTarget: bigint;
    /** The target that the hash rate asks for; undefined when none was given. */
    readonly target: bigint | undefined;
  }
  | { readonly accepted: false; readonly refusal: WishRefusal };

/** Checks a wish against the operator's limits. */
export function readWish(
  { nominalHashRate: rate, maxTarget, target }: ChannelWish,
  settings: { readonly bounds: TargetBounds; readonly targetSharesPerMinute: number },
): WishAnswer {
  if (!Number.isFinite(rate) || rate < 0 || rate > NOMINAL_HASH_RATE_MAX) {
    return { accepted: false, refusal: "invalid-hash-rate" };
  }
  // A miner who accepts only targets harder than max_difficulty could never be given a job.
  if (maxTarget < settings.bounds.hardest) {
    return { accepted: false, refusal: "max-target-too-hard" };
  }
  if (target !== undefined || rate === 0) return { accepted: true, maxTarget, target };
  return {
    accepted: true,
    maxTarget,
    target: targetForHashRate(rate, settings.targetSharesPerMinute),
  };
}
