/**
 * What the pool keeps of its miners' work.
 *
 * @module
 */
import type { BlockState } from "../../chain/blocks/mod.ts";

/** What a share's credit was computed from; all of it belongs to the job that the share solved. */
export interface ShareTerms {
  /** The network's target in the job's header, 1 to 2^256-1. */
  readonly networkTarget: bigint;
  /**
   * What a whole block is worth to miners before the fee, in zatoshis: under pay per share the
   * miner's part of the subsidy; 0 in schemes that pay at blocks.
   */
  readonly rewardZat: bigint;
  /** The pool's fee in parts per million. */
  readonly feePpm: number;
}

/** A text that is the same for the same terms. */
export function termsKey({ networkTarget, rewardZat, feePpm }: ShareTerms): string {
  return `${networkTarget.toString(36)} ${rewardZat} ${feePpm}`;
}

/** An accepted share. */
export interface ShareRecord {
  /**
   * 32 bytes, internal order: the double SHA-256 of header and solution (the block hash form).
   * Together with the height, which follows from the job in the header, it is the share's identity.
   */
  readonly proofId: Uint8Array;
  /** Canonical payout address or account name, 1 to 255 printable ASCII characters. */
  readonly minerId: string;
  /** 0 to 255 printable ASCII characters; empty when the miner named no worker. */
  readonly workerName: string;
  /** The target that was sent with the job, 1 to 2^256-1: what the share is weighed by. */
  readonly target: bigint;
  /** The same target as people read it; for display only. */
  readonly difficulty: number;
  /** 0 to 2^31-1: the operators' documented column is a signed 32-bit integer. */
  readonly jobId: number;
  /** Height of the block that the job builds, 0 to 2^32-1. */
  readonly height: number;
  /** Unix milliseconds. */
  readonly timestampMs: number;
  /** True when the hash meets the network's target. */
  readonly isBlock: boolean;
  /** What the share earns at once, in 10^-12 zatoshis; 0 in schemes that pay at blocks. */
  readonly creditPicoZat: bigint;
  /** Kept with the share, so that an audit can compute the credit again. */
  readonly terms?: ShareTerms;
}

/**
 * Stands for the miner of a block that was recognised in the chain and whose finder has not written it
 * yet. No address and no account has such a name.
 */
export const UNKNOWN_FINDER = "#unknown";

/** A block that the pool's miners found. */
export interface BlockRecord {
  /** 32 bytes, internal order; unique. */
  readonly hash: Uint8Array;
  readonly height: number;
  /** 32 bytes, internal order. */
  readonly previousBlockHash: Uint8Array;
  readonly minerId: string;
  readonly workerName: string;
  /** Unix milliseconds. */
  readonly foundAtMs: number;
  readonly state: BlockState;
  /** Why it stands where it stands, at most 500 characters. */
  readonly reason?: string;
  /** What the block pays the pool: the miner's part of the subsidy and the collected fees. */
  readonly valueZat: bigint;
  /** The collected fees within {@link valueZat}. */
  readonly feesZat: bigint;
  /** 32 bytes, internal order; undefined where the coinbase has a form that is not known here. */
  readonly coinbaseTxid?: Uint8Array;
}

/** What is remembered of a worker, so that it starts where it was after a reconnect or restart. */
export interface WorkerRecord {
  readonly minerId: string;
  readonly workerName: string;
  /** The target of its last job, 1 to 2^256-1. */
  readonly target: bigint;
  /** The same target as people read it. */
  readonly difficulty: number;
  /** Its last accepted share, Unix milliseconds; when not given, what is known stays. */
  readonly lastShareMs?: number;
}
