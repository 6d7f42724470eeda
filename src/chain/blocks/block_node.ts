/** Options of a call to a node. */
export interface BlockCallOptions {
  readonly signal?: AbortSignal;
}

/**
 * The calls of a node that a block needs; each has its own time limit and connection and rejects
 * when the node gives no answer. `NodeClient` of the room template_provider is one.
 */
export interface BlockNode {
  readonly url: string;
  /** null: taken; "duplicate": known or queued; any other text: refused. */
  submitBlock(block: Uint8Array, options?: BlockCallOptions): Promise<string | null>;
  /** Checks all but proof of work; null or the reason. */
  proposeBlock(block: Uint8Array, options?: BlockCallOptions): Promise<string | null>;
  /** Hash of the best chain's block of this height (internal order), undefined above its tip. */
  getBlockHash(height: number, options?: BlockCallOptions): Promise<Uint8Array | undefined>;
}
