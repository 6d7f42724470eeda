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

/**
 * What became of a block.
 *
 * - `submitted`: it is in the spool and on its way to every node;
 * - `accepted`: on the best chain of a node at that moment (a later reorganization may still
 *   take it off: counting confirmations is the payer's part);
 * - `side_chain`: a node has it, another block of its height is on the best chain;
 * - `rejected`: every node that gave a verdict refuses it;
 * - `unknown`: no node has said so far; it goes on being tried.
 */
export type BlockState = "submitted" | "accepted" | "side_chain" | "rejected" | "unknown";

/** One change of a block's state; `accepted`, `side_chain` and `rejected` are final. */
export interface BlockOutcome {
  /** 32 bytes, internal order. */
  readonly hash: Uint8Array;
  readonly height: number;
  readonly state: BlockState;
  /** For people: the node's reason, or what is waited for. */
  readonly reason?: string;
  /** The node whose word this is. */
  readonly nodeUrl?: string;
  readonly found: FoundBlock;
}

/** A state that ends the submission. */
export type FinalBlockState = Exclude<BlockState, "submitted" | "unknown">;
