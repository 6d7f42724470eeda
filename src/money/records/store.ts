/**
 * What the pool keeps, and the door to it. There are several implementations (memory, SQLite) and
 * one behaviour suite that each of them passes.
 *
 * Every call is one transaction: it happens as a whole or not at all. A call that failed may be
 * repeated with the same arguments whatever became of the first; nothing is counted twice.
 *
 * @module
 */
import type { RejectReason } from "../../base/mod.ts";
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
}

/** One step in a block's life. */
export interface BlockEvent {
  readonly atMs: number;
  readonly state: BlockState;
  readonly reason?: string;
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

/** Shares that one miner had refused on one day. */
export interface RejectCount {
  /** As in {@link ShareRecord}; empty for shares that could not be put to a miner. */
  readonly minerId: string;
  /** Days since 1970-01-01 (UTC). */
  readonly day: number;
  readonly reason: RejectReason;
  /** At least 1. */
  readonly count: number;
}

/**
 * Names one write of counts, which have no identity of their own: a store that has seen the
 * sequence number, or a later one, of that writer does nothing.
 */
export interface WriteId {
  /** 1 to 64 printable ASCII characters, fresh for each process start. */
  readonly writer: string;
  /** 1, 2, 3 … within the writer. */
  readonly sequence: number;
}

/** Sums over all that the store holds. */
export interface StoreTotals {
  readonly shares: number;
  readonly blocks: number;
  readonly creditPicoZat: bigint;
}

/** Sums of one miner. */
export interface MinerTotals {
  readonly minerId: string;
  readonly shares: number;
  readonly creditPicoZat: bigint;
  /** Unix milliseconds of its last accepted share. */
  readonly lastShareMs: number;
}

/**
 * The pool's records.
 *
 * Every method rejects with a `StorageError`; `RangeError` and `TypeError` mean that a record
 * itself is wrong and that nothing of the call was written.
 */
export interface Store {
  /** Writes shares in their order; those known already are left out and counted. */
  recordShares(batch: readonly ShareRecord[]): Promise<{ duplicates: number }>;
  /** Adds to the counts of refused shares, once for each {@link WriteId}. */
  recordRejects(counts: readonly RejectCount[], id: WriteId): Promise<void>;
  /** Durable when it resolves; false when a block of that hash was known, and then it is unchanged. */
  recordBlock(block: BlockRecord): Promise<boolean>;
  /**
   * Moves a block to a state and keeps the step; false when no such block is known. What the chain
   * has made of a block (`immature`, `mature`, `orphaned`) is not undone by a late word of a node:
   * then only the step is kept.
   */
  updateBlock(hash: Uint8Array, state: BlockState, reason?: string): Promise<boolean>;
  /** The newest blocks first, at most `limit` (1 to 1,000), or only those in the given states. */
  blocks(limit: number, states?: readonly BlockState[]): Promise<BlockRecord[]>;
  /** The steps of a block, oldest first; empty when no such block is known. */
  blockEvents(hash: Uint8Array): Promise<BlockEvent[]>;
  /**
   * Replaces what is remembered of these workers. One that never had an accepted share need not be
   * remembered: names cost nothing.
   */
  saveWorkers(workers: readonly WorkerRecord[]): Promise<void>;
  /** What is remembered of a worker. */
  loadWorker(minerId: string, workerName: string): Promise<WorkerRecord | undefined>;
  /** Refused shares from a day on, summed over miners. */
  rejectsSince(day: number): Promise<Record<RejectReason, number>>;
  /** Recomputed from the rows: slow on a long history, meant for the start. */
  totals(): Promise<StoreTotals>;
  /** Recomputed from the rows of that miner; undefined when it has none. */
  minerTotals(minerId: string): Promise<MinerTotals | undefined>;
  /**
   * Forgets the identities of shares below a height (not the shares), for instance of those whose
   * parent lies 100 blocks deep: their replay is refused as stale long before it gets here.
   *
   * @returns how many; a call removes at most 2,000, so 0 means that none are left.
   */
  forgetProofs(belowHeight: number): Promise<number>;
  /** Resolves when the place answers; reads and writes nothing. */
  ping(): Promise<void>;
  /** Waits for what runs and releases everything; further calls reject with `closed`. */
  close(): Promise<void>;
}
