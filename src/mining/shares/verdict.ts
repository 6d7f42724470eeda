import type { RejectReason } from "../../base/mod.ts";
import type { ChannelJob } from "../channels/mod.ts";

/** What a reject means outside of this room. */
interface RejectMeaning {
  /** Label of the guide's metric. */
  readonly rejectReason: RejectReason;
  /** What no honest miner sends: it is reported, and will count towards `ban_threshold`. */
  readonly isMisconduct: boolean;
}

/**
 * The one table of rejects. An honest miner meets stale, duplicate, low and late shares in normal
 * life, so none of these ever counts as misconduct.
 */
export const REJECTS = {
  /** The channel is not open on this connection. */
  unknown_channel: { rejectReason: "invalid", isMisconduct: false },
  /** The job was never sent on this channel, or too long ago: it is forgotten. */
  unknown_job: { rejectReason: "stale", isMisconduct: false },
  /** The job's parent block is no longer the tip. */
  stale: { rejectReason: "stale", isMisconduct: false },
  /** nonce_2 does not fill nonce_1 up to 32 bytes. */
  nonce_length: { rejectReason: "invalid", isMisconduct: true },
  /** The header time is outside of what the node allows for this block. */
  time: { rejectReason: "invalid", isMisconduct: false },
  /** The header hash is above the target that the job was sent with. */
  low_difficulty: { rejectReason: "low_diff", isMisconduct: false },
  /** The same header and solution was accepted before. */
  duplicate: { rejectReason: "duplicate", isMisconduct: false },
  /** The connection sends more shares than one may; hashed and not verified. */
  rate_limited: { rejectReason: "stale", isMisconduct: false },
  /** Not an Equihash (200,9) solution of this header. */
  invalid_solution: { rejectReason: "invalid", isMisconduct: true },
  /** The pool could not check or record it in time; a miner sees it as a share that came late. */
  overloaded: { rejectReason: "stale", isMisconduct: false },
} as const satisfies Record<string, RejectMeaning>;

/** Why a share was not credited. */
export type ShareFault = keyof typeof REJECTS;

/** How a share ended. */
export type ShareVerdict =
  | {
    readonly kind: "accepted";
    /** Header hash, 32 bytes in internal order; also the share's proof id. */
    readonly hash: Uint8Array;
    readonly job: ChannelJob;
    /** The hash also meets the network's target. */
    readonly isBlock: boolean;
  }
  | { readonly kind: "rejected"; readonly reason: ShareFault };
