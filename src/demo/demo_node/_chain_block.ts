/**
 * A block in its place: what the node knows once it has accepted it.
 *
 * @module
 */
import { type Block, type Header, HEADER_LENGTH } from "./_block.ts";
import type { Unspent } from "./_check_transaction.ts";
import { expandBits, workOf } from "./_compact_bits.ts";
import type { PastBlock } from "./_difficulty.ts";
import { HistoryTree } from "./_history.ts";
import { branchIdAt, type ChainRules, minerFeesAt, subsidyAt } from "./_rules.ts";
import type { Transaction } from "./_transaction.ts";

/** The block from which a chain starts; it is right by definition and checked by nobody. */
export interface Genesis {
  readonly header: Header;
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  readonly txids: readonly Uint8Array[];
  /** What the genesis block hands out, spendable at once. */
  readonly unspent: Unspent;
}

/** What accepting a block changes. */
export interface BlockEffects {
  readonly feesZat: bigint;
  readonly unspent: Unspent;
}

/** Amounts that lie in the chain's value pools after a block. */
export interface Pools {
  readonly transparentZat: bigint;
  readonly lockboxZat: bigint;
}

interface ChainBlockFields {
  readonly header: Header;
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  readonly transactions: readonly Transaction[];
  readonly txids: readonly Uint8Array[];
  readonly height: number;
  readonly chainWork: bigint;
  readonly unspent: Unspent;
  readonly pools: Pools;
  readonly history: HistoryTree;
  readonly parent: ChainBlock | undefined;
}

/** An accepted block, linked to its parent. */
export class ChainBlock implements PastBlock {
  readonly header: Header;
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  readonly transactions: readonly Transaction[];
  readonly txids: readonly Uint8Array[];
  readonly height: number;
  /** Work of this block and all before it. */
  readonly chainWork: bigint;
  /** What may be spent after this block. */
  readonly unspent: Unspent;
  readonly pools: Pools;
  readonly #history: HistoryTree;
  #parent: ChainBlock | undefined;

  private constructor(fields: ChainBlockFields) {
    this.header = fields.header;
    this.hash = fields.hash;
    this.bytes = fields.bytes;
    this.transactions = fields.transactions;
    this.txids = fields.txids;
    this.height = fields.height;
    this.chainWork = fields.chainWork;
    this.unspent = fields.unspent;
    this.pools = fields.pools;
    this.#history = fields.history;
    this.#parent = fields.parent;
  }

  static genesis(genesis: Genesis): ChainBlock {
    const transparentZat = [...genesis.unspent.values()].reduce((sum, o) => sum + o.valueZat, 0n);
    return new ChainBlock({
      ...genesis,
      transactions: [],
      height: 0,
      chainWork: workOf(expandBits(genesis.header.bits) ?? 0n),
      pools: { transparentZat, lockboxZat: 0n },
      // The history of every upgrade that matters starts at block 1; the genesis block is in none.
      history: HistoryTree.empty(0),
      parent: undefined,
    });
  }

  /** Puts a checked block behind its parent. */
  static child(parent: ChainBlock, block: Block, effects: BlockEffects, rules: ChainRules) {
    const height = parent.height + 1;
    const work = workOf(expandBits(block.header.bits) ?? 0n);
    const branchId = branchIdAt(rules, height);
    const before = parent.#history.branchId === branchId
      ? parent.#history
      : HistoryTree.empty(branchId);
    const { time, bits } = block.header;
    return new ChainBlock({
      ...block,
      txids: block.transactions.map((transaction) => transaction.txid),
      height,
      chainWork: parent.chainWork + work,
      unspent: effects.unspent,
      pools: poolsAfter(parent, effects.feesZat, rules),
      history: before.append({ hash: block.hash, height, time, bits, work }),
      parent,
    });
  }

  get time(): number {
    return this.header.time;
  }

  get bits(): number {
    return this.header.bits;
  }

  /** Undefined for the genesis block and for the oldest block that is kept. */
  get parent(): ChainBlock | undefined {
    return this.#parent;
  }

  /** The history root that the next block commits to, internal order. */
  get historyRoot(): Uint8Array {
    return this.#history.root();
  }

  /** The header's 1,487 bytes. */
  get headerBytes(): Uint8Array {
    return this.bytes.subarray(0, HEADER_LENGTH);
  }

  /** Up to `count` blocks, this one first, then its ancestors. */
  lineage(count: number): ChainBlock[] {
    const blocks: ChainBlock[] = [];
    let block: ChainBlock | undefined = this as ChainBlock;
    for (; block !== undefined && blocks.length < count; block = block.#parent) blocks.push(block);
    return blocks;
  }

  /** Lets go of the ancestors, so that memory stays bounded. */
  forgetParent(): void {
    this.#parent = undefined;
  }
}

function poolsAfter(parent: ChainBlock, feesZat: bigint, rules: ChainRules): Pools {
  const { minerZat, streamZat, lockboxZat } = subsidyAt(rules, parent.height + 1);
  const kept = minerFeesAt(rules, parent.height + 1, feesZat);
  return {
    transparentZat: parent.pools.transparentZat + minerZat + streamZat + kept - feesZat,
    lockboxZat: parent.pools.lockboxZat + lockboxZat,
  };
}
