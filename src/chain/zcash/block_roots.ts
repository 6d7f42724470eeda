/**
 * The trees over a block's transactions (ZIP 244, Zcash protocol §7.6). Only the coinbase changes
 * between the node's template and the pool's block, and it is the first leaf: so each tree is
 * walked once for the siblings on the coinbase's way up, and a root costs one hash a level.
 *
 * @module
 */
import { blake2b256, sha256d } from "./hashes.ts";

type Join = (left: Uint8Array, right: Uint8Array) => Uint8Array;

const joinTxids: Join = (left, right) => sha256d(left, right);
const joinAuthDigests: Join = (left, right) => blake2b256("ZcashAuthDatHash", [left, right]);

/** The siblings of the first leaf of a tree, lowest first. */
export interface FirstLeafBranch {
  /** The tree's root with `leaf` as its first leaf. */
  root(leaf: Uint8Array): Uint8Array;
}

/**
 * The merkle tree of a block without its coinbase: a level of odd length repeats its last node.
 *
 * @param txids of all transactions after the coinbase, 32 bytes each, internal order.
 */
export function merkleBranch(txids: readonly Uint8Array[]): FirstLeafBranch {
  return new Branch(txids, joinTxids, "last");
}

/**
 * The auth data tree of a block without its coinbase (ZIP 244): filled up with zero leaves to a
 * power of two.
 *
 * @param authDigests of all transactions after the coinbase, 32 bytes each, internal order.
 */
export function authDataBranch(authDigests: readonly Uint8Array[]): FirstLeafBranch {
  return new Branch(authDigests, joinAuthDigests, "zeros");
}

/**
 * hashMerkleRoot.
 *
 * @param txids of all transactions in block order; at least one.
 * @throws {RangeError} when there is none.
 */
export function merkleRoot(txids: readonly Uint8Array[]): Uint8Array {
  const [coinbase, ...others] = txids;
  if (coinbase === undefined) throw new RangeError("Cannot make a merkle root of no transaction");
  return merkleBranch(others).root(coinbase);
}

/**
 * authDataRoot (ZIP 244).
 *
 * @param authDigests of all transactions in block order; at least one.
 * @throws {RangeError} when there is none.
 */
export function authDataRoot(authDigests: readonly Uint8Array[]): Uint8Array {
  const [coinbase, ...others] = authDigests;
  if (coinbase === undefined) throw new RangeError("Cannot make an auth root of no transaction");
  return authDataBranch(others).root(coinbase);
}

/**
 * hashBlockCommitments from NU5 on (ZIP 244): the chain's history up to the parent and the auth
 * data of this block.
 */
export function hashBlockCommitments(historyRoot: Uint8Array, authRoot: Uint8Array): Uint8Array {
  return blake2b256("ZcashBlockCommit", [historyRoot, authRoot, new Uint8Array(32)]);
}

class Branch implements FirstLeafBranch {
  readonly #siblings: Uint8Array[] = [];
  readonly #join: Join;

  /** @param fill what stands where a level has an odd number of nodes. */
  constructor(others: readonly Uint8Array[], join: Join, fill: "last" | "zeros") {
    this.#join = join;
    let zeros = new Uint8Array(32);
    // The nodes of the present level after the first one, which depends on the coinbase.
    let level = others;
    while (level.length > 0) {
      const [sibling, ...rest] = level;
      this.#siblings.push(sibling as Uint8Array);
      level = joinPairs(rest, join, fill === "zeros" ? zeros : undefined);
      zeros = new Uint8Array(fill === "zeros" ? join(zeros, zeros) : zeros);
    }
  }

  root(leaf: Uint8Array): Uint8Array {
    return this.#siblings.reduce((node, sibling) => this.#join(node, sibling), leaf);
  }
}

function joinPairs(
  nodes: readonly Uint8Array[],
  join: Join,
  zeros: Uint8Array | undefined,
): Uint8Array[] {
  const joined: Uint8Array[] = [];
  for (let i = 0; i < nodes.length; i += 2) {
    const left = nodes[i] as Uint8Array;
    joined.push(join(left, nodes[i + 1] ?? zeros ?? left));
  }
  return joined;
}
