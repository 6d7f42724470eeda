import type { SubmissionState } from "./block_state.ts";

/** What the books keep of a block beside what the nodes need. Amounts are zatoshis. */
export interface BlockWorth {
  /** Empty when the miner named no worker. */
  readonly workerName: string;
  /** What the block pays the pool: the miner's part of the subsidy and the collected fees. */
  readonly valueZat: bigint;
  /** The collected fees within {@link valueZat}. */
  readonly feesZat: bigint;
}

/** A share whose hash meets the network target, with all that is needed to make a block of it. */
export interface FoundBlock {
  /** Block hash, 32 bytes, internal order. */
  readonly hash: Uint8Array;
  readonly height: number;
  /** 32 bytes, internal order. */
  readonly previousBlockHash: Uint8Array;
  /** The whole serialized block. */
  readonly block: Uint8Array;
  /** Who found it: canonical address or account. */
  readonly minerId: string;
  /** Unix time in milliseconds. */
  readonly foundAt: number;
  /**
   * Goes into the spool with the block, so that one whose row was never written (the database was
   * away, then the process was killed) can still be put into the books. Missing only in a spool that
   * was written before there was this.
   */
  readonly worth?: BlockWorth;
}

/** One change of a block's state; `accepted`, `side_chain` and `rejected` are final. */
export interface BlockOutcome {
  /** 32 bytes, internal order. */
  readonly hash: Uint8Array;
  readonly height: number;
  readonly state: SubmissionState;
  /** For people: the node's reason, or what is waited for. */
  readonly reason?: string;
  /** The node whose word this is. */
  readonly nodeUrl?: string;
  readonly found: FoundBlock;
}
