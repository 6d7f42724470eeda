import { displayHash, PoolError, reasonOf } from "../../base/mod.ts";

/** A block as it stands in a chain. Hashes have 32 bytes in internal order. */
export interface BranchBlock {
  readonly hash: Uint8Array;
  readonly height: number;
  /** Undefined for the genesis block. */
  readonly previousBlockHash: Uint8Array | undefined;
  /** The id of its first transaction. */
  readonly coinbaseTxid: Uint8Array;
}

/** The question that is asked of a node here; see the node client. */
export interface BranchNode {
  /** For messages: without user and password. */
  readonly url: string;
  /** Undefined when the node's best chain has no such block. */
  getBlockLinks(hash: Uint8Array): Promise<Omit<BranchBlock, "hash"> | undefined>;
}

/** No node says what lies below a block. */
export class BranchError extends PoolError {
  constructor(message: string, options?: ErrorOptions) {
    super("branch-unread", message, options);
  }
}

/** Nodes follow reorganisations of at most 1,000 blocks; as many of a former branch beside them. */
const REMEMBERED_MAX = 2_000;

/**
 * Reads the chain below a block from one parent to the next, so that what is read is one chain
 * whatever the nodes follow meanwhile. What a block holds never changes: each is asked for once, and
 * a new tip costs one question.
 */
export class BranchReader {
  readonly #nodes: readonly BranchNode[];
  /** By hash, those that were asked for last at the end. */
  readonly #known = new Map<string, BranchBlock>();

  /** @param nodes in order of preference. */
  constructor(nodes: readonly BranchNode[]) {
    this.#nodes = nodes;
  }

  /**
   * The blocks up to one, this one included, from a height on; the highest first. They are handed out
   * one by one, so that a long way is nowhere kept as a whole.
   *
   * @throws {BranchError} when no node has a block of them in its best chain.
   */
  async *down(tip: Uint8Array, fromHeight: number): AsyncGenerator<BranchBlock> {
    for (let hash: Uint8Array | undefined = tip; hash !== undefined;) {
      const block = await this.#block(hash);
      if (block.height < fromHeight) return;
      yield block;
      if (block.height === fromHeight) return;
      hash = block.previousBlockHash;
    }
  }

  async #block(hash: Uint8Array): Promise<BranchBlock> {
    const key = displayHash(hash);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const block = await this.#ask(hash);
    this.#known.set(key, block);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED_MAX && oldest !== undefined) this.#known.delete(oldest);
    return block;
  }

  async #ask(hash: Uint8Array): Promise<BranchBlock> {
    const reasons: string[] = [];
    for (const node of this.#nodes) {
      try {
        const links = await node.getBlockLinks(hash);
        if (links !== undefined) return { hash, ...links };
        reasons.push(`${node.url} does not have it in its best chain`);
      } catch (error) {
        reasons.push(`${node.url}: ${reasonOf(error)}`);
      }
    }
    throw new BranchError(`Cannot read block ${displayHash(hash)}: ${reasons.join("; ")}`);
  }
}
