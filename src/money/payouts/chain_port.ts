import type { TransparentOutput } from "../../chain/zcash/mod.ts";

/** What the best chain of our own node says of a transaction. */
export type ChainTransaction =
  | { readonly kind: "mined"; readonly height: number; readonly blockHash: string }
  /** With the last height at which it can be mined, where the node reports it; 0 for none. */
  | { readonly kind: "mempool"; readonly expiryHeight?: number }
  /** In neither; a block off the best chain does not count. */
  | { readonly kind: "absent" };

/** The tip of the best chain. */
export interface ChainTip {
  readonly height: number;
  /** Display order. */
  readonly hash: string;
  /** False while the node is catching up: then its silence proves nothing. */
  readonly synced: boolean;
}

/** What the node said to a transaction that was handed to it. */
export type BroadcastOutcome =
  /** Taken now, or known before: in its mempool or chain. */
  | { readonly kind: "taken" }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Our nodes as payments use them. Every method rejects with `RpcError` when the node cannot be asked;
 * that decides nothing.
 */
export interface ChainPort {
  tip(): Promise<ChainTip>;
  transaction(txid: string): Promise<ChainTransaction>;
  /**
   * What a transaction pays in the open, wherever it is: its id stands for its outputs. Undefined
   * when the node does not have it.
   */
  outputs(txid: string): Promise<readonly TransparentOutput[] | undefined>;
  /** Any number of times with the same bytes. */
  broadcast(hex: string): Promise<BroadcastOutcome>;
  /** The hash at a height of the best chain; undefined above the tip. Display order. */
  blockHash(height: number): Promise<string | undefined>;
  /** Whether the node takes an address; asked before the first payment to it. */
  isValidAddress(address: string): Promise<boolean>;
}
