import { u256FromLe } from "../../base/mod.ts";
import { type TargetBounds, targetForHashRate } from "../channels/mod.ts";
import { ErrorCode } from "../../wire/protocol/mod.ts";

/**
 * No machine reports more: a hundred thousand times the whole network of 2026 (some 10^10 Sol/s).
 */
const NOMINAL_HASH_RATE_MAX = 1e15;

/** What a miner says of himself when he opens or updates a channel. */
export interface ChannelWish {
  /** Solutions a second; 0 when he does not know. */
  readonly nominalHashRate: number;
  /** 32 bytes little-endian: the easiest target that he accepts. */
  readonly maxTarget: Uint8Array;
}

/** The wish in the pool's terms, or the SV2 error code that refuses it. */
export type WishAnswer =
  | {
    readonly accepted: true;
    readonly maxTarget: bigint;
    /** The target that the hash rate asks for; undefined when none was given. */
    readonly target: bigint | undefined;
  }
  | { readonly accepted: false; readonly errorCode: ErrorCode };

/** Checks a wish against the operator's limits. */
export function readWish(
  wish: ChannelWish,
  options: { readonly bounds: TargetBounds; readonly targetSharesPerMinute: number },
): WishAnswer {
  const rate = wish.nominalHashRate;
  if (!Number.isFinite(rate) || rate < 0 || rate > NOMINAL_HASH_RATE_MAX) {
    return { accepted: false, errorCode: ErrorCode.invalidNominalHashrate };
  }
  const maxTarget = u256FromLe(wish.maxTarget);
  // A miner who accepts only targets harder than max_difficulty could never be given a job.
  if (maxTarget < options.bounds.hardest) {
    return { accepted: false, errorCode: ErrorCode.maxTargetOutOfRange };
  }
  if (rate === 0) return { accepted: true, maxTarget, target: undefined };
  const target = targetForHashRate(rate, options.targetSharesPerMinute);
  return { accepted: true, maxTarget, target };
}
