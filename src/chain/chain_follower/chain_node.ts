import { equalBytes, reasonOf } from "../../base/mod.ts";

/** The questions that are asked of a node here; see the node client. */
export interface ChainNode {
  /** For logs: without user and password. */
  readonly url: string;
  getBestBlockHeightAndHash(): Promise<{ readonly height: number } | undefined>;
  /** Of the best chain; undefined above its tip. */
  getBlockHash(height: number): Promise<Uint8Array | undefined>;
}

/**
 * What a node says of a block: how deep it lies in the best chain (1 for the tip), that another one
 * lies at its height and how much was built on that (1 for a rival at the tip), or nothing that
 * could be used.
 */
export type BlockSighting =
  | { readonly kind: "in_chain"; readonly confirmations: number }
  | { readonly kind: "displaced"; readonly depth: number }
  | { readonly kind: "nothing"; readonly reason: string };

/**
 * Asks one node about one block. It is asked for the block at the height and not for the hash: a
 * node that is syncing knows no such hash either, but it has no other block at that height.
 *
 * Never rejects: a node that does not answer says nothing.
 */
export async function askNode(
  node: ChainNode,
  block: { readonly hash: Uint8Array; readonly height: number },
): Promise<BlockSighting> {
  try {
    const hash = await node.getBlockHash(block.height);
    // Asked second, so that the tip is at least as high as the block that was seen.
    const tip = await node.getBestBlockHeightAndHash();
    if (hash === undefined || tip === undefined || tip.height < block.height) {
      return { kind: "nothing", reason: `${node.url} has not come to height ${block.height}` };
    }
    const depth = tip.height - block.height + 1;
    return equalBytes(hash, block.hash)
      ? { kind: "in_chain", confirmations: depth }
      : { kind: "displaced", depth };
  } catch (error) {
    return { kind: "nothing", reason: `${node.url}: ${reasonOf(error)}` };
  }
}
