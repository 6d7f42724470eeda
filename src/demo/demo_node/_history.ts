/**
 * The chain history tree (ZIP 221) as it stands from NU6.3 on: a Merkle mountain range whose nodes
 * sum up runs of blocks. Its root goes into the next block's commitment.
 *
 * The demo chain has no shielded transactions, so the note commitment roots in the nodes are those
 * of empty trees and the shielded counts are zero. The whole form was recomputed from blocks of a
 * real node.
 *
 * @module
 */
import { concatBytes, hexToBytes, u256ToLe } from "../../base/mod.ts";
import { taggedHash } from "./_hashes.ts";
import { compactSize, u32Le } from "./_wire.ts";

// Roots of the empty Sapling, Orchard and Ironwood trees, internal order (Ironwood's tree is built
// as Orchard's).
const EMPTY_SAPLING_ROOT = hexToBytes(
  "fbc2f4300c01f0b7820d00e3347c8da4ee614674376cbc45359daa54f9b5493e",
);
const EMPTY_ORCHARD_ROOT = hexToBytes(
  "ae2935f1dfd8a24aed7c70df7de3a668eb7a49b1319880dde2bbd9031ae5d82f",
);

/** What a leaf says of its block. */
export interface HistoryLeaf {
  readonly hash: Uint8Array;
  readonly height: number;
  readonly time: number;
  readonly bits: number;
  readonly work: bigint;
}

interface HistoryNode {
  readonly commitment: Uint8Array;
  readonly first: HistoryLeaf;
  readonly last: HistoryLeaf;
  readonly work: bigint;
  /** Leaves below; always a power of two for a peak. */
  readonly leaves: number;
}

/** A history tree that never changes: appending makes another one. */
export class HistoryTree {
  readonly #branchId: number;
  readonly #peaks: readonly HistoryNode[];

  private constructor(branchId: number, peaks: readonly HistoryNode[]) {
    this.#branchId = branchId;
    this.#peaks = peaks;
  }

  /** The tree before the first block of an upgrade: each upgrade starts a tree of its own. */
  static empty(branchId: number): HistoryTree {
    return new HistoryTree(branchId, []);
  }

  /** The upgrade that this tree belongs to. */
  get branchId(): number {
    return this.#branchId;
  }

  append(leaf: HistoryLeaf): HistoryTree {
    let node: HistoryNode = {
      commitment: leaf.hash,
      first: leaf,
      last: leaf,
      work: leaf.work,
      leaves: 1,
    };
    const peaks = [...this.#peaks];
    for (let peak = peaks.at(-1); peak?.leaves === node.leaves; peak = peaks.at(-1)) {
      peaks.pop();
      node = this.#join(peak, node);
    }
    return new HistoryTree(this.#branchId, [...peaks, node]);
  }

  /** 32 bytes, internal order; all zero while there is nothing to sum up. */
  root(): Uint8Array {
    if (this.#peaks.length === 0) return new Uint8Array(32);
    return this.#hash(encodeNode(this.#peaks.reduce((left, right) => this.#join(left, right))));
  }

  #join(left: HistoryNode, right: HistoryNode): HistoryNode {
    return {
      commitment: this.#hash(concatBytes(encodeNode(left), encodeNode(right))),
      first: left.first,
      last: right.last,
      work: left.work + right.work,
      leaves: left.leaves + right.leaves,
    };
  }

  #hash(message: Uint8Array): Uint8Array {
    return taggedHash("ZcashHistory", message, u32Le(this.#branchId));
  }
}

function encodeNode(node: HistoryNode): Uint8Array {
  const noTransactions = compactSize(0);
  return concatBytes(
    node.commitment,
    u32Le(node.first.time),
    u32Le(node.last.time),
    u32Le(node.first.bits),
    u32Le(node.last.bits),
    EMPTY_SAPLING_ROOT,
    EMPTY_SAPLING_ROOT,
    u256ToLe(node.work),
    compactSize(node.first.height),
    compactSize(node.last.height),
    noTransactions,
    EMPTY_ORCHARD_ROOT,
    EMPTY_ORCHARD_ROOT,
    noTransactions,
    EMPTY_ORCHARD_ROOT,
    EMPTY_ORCHARD_ROOT,
    noTransactions,
  );
}
