/**
 * The tree of accepted blocks and the best chain in it: most work, and on equal work the one that
 * was there first.
 *
 * @module
 */
import { bytesToHex } from "../../base/mod.ts";
import type { Block } from "./_block.ts";
import { ChainBlock, type Genesis } from "./_chain_block.ts";
import { checkAgainstParent, checkAlone, type CheckOptions } from "./_check_block.ts";
import { BlockRefusal } from "./_refusal.ts";
import type { ChainRules } from "./_rules.ts";

/** What became of a block. */
export type AddResult =
  | { readonly kind: "added"; readonly block: ChainBlock }
  | { readonly kind: "duplicate" }
  | { readonly kind: "unknown_parent" }
  | { readonly kind: "refused"; readonly refusal: BlockRefusal };

/** A change of the best chain. */
export interface TipChange {
  readonly tip: ChainBlock;
  /** Blocks that left the best chain, oldest first; empty unless there was a reorganisation. */
  readonly left: readonly ChainBlock[];
}

/**
 * Blocks further below the tip than this are dropped: some fourteen hours at 25 seconds, twice what
 * the real node can still roll back, and a few megabytes.
 */
const BLOCKS_KEPT = 2_000;

/** Blocks in memory; see {@link BLOCKS_KEPT}. */
export class Chain {
  readonly rules: ChainRules;
  readonly genesis: ChainBlock;
  readonly #byHash = new Map<string, ChainBlock>();
  readonly #best = new Map<number, ChainBlock>();
  readonly #listeners: ((change: TipChange) => void)[] = [];
  readonly #blocksKept: number;
  #tip: ChainBlock;

  /** @param blocksKept at least the 113 blocks that difficulty looks back on. */
  constructor(rules: ChainRules, genesis: Genesis, blocksKept: number = BLOCKS_KEPT) {
    this.#blocksKept = blocksKept;
    this.rules = rules;
    this.genesis = ChainBlock.genesis(genesis);
    this.#tip = this.genesis;
    this.#byHash.set(bytesToHex(genesis.hash), this.genesis);
    this.#best.set(0, this.genesis);
  }

  /** The best chain's last block. */
  get tip(): ChainBlock {
    return this.#tip;
  }

  /** A block of any branch by its hash in internal order. */
  find(hash: Uint8Array): ChainBlock | undefined {
    return this.#byHash.get(bytesToHex(hash));
  }

  /** A block of the best chain. */
  at(height: number): ChainBlock | undefined {
    return this.#best.get(height);
  }

  /** Whether a block is on the best chain. */
  isBest(block: ChainBlock): boolean {
    return this.#best.get(block.height) === block;
  }

  /** Calls back after every change of the tip. */
  onTip(listener: (change: TipChange) => void): void {
    this.#listeners.push(listener);
  }

  /** Checks a block and takes it in. */
  add(block: Block, options: Omit<CheckOptions, "rules">): AddResult {
    if (this.find(block.hash) !== undefined) return { kind: "duplicate" };
    try {
      const height = checkAlone(block, { ...options, rules: this.rules });
      const parent = this.find(block.header.previousBlockHash);
      if (parent === undefined) return { kind: "unknown_parent" };
      const effects = checkAgainstParent(block, height, parent, this.rules);
      const added = ChainBlock.child(parent, block, effects, this.rules);
      this.#byHash.set(bytesToHex(added.hash), added);
      if (added.chainWork > this.#tip.chainWork) this.#moveTip(added);
      return { kind: "added", block: added };
    } catch (error) {
      if (!(error instanceof BlockRefusal)) throw error;
      return { kind: "refused", refusal: error };
    }
  }

  /** Checks a block as a child of the tip without taking it in. */
  propose(block: Block, nowMs: number): BlockRefusal | undefined {
    const options = { rules: this.rules, nowMs, proofOfWork: false };
    try {
      const height = checkAlone(block, options);
      checkAgainstParent(block, height, this.#tip, this.rules);
      return undefined;
    } catch (error) {
      if (!(error instanceof BlockRefusal)) throw error;
      return error;
    }
  }

  #moveTip(tip: ChainBlock): void {
    const left: ChainBlock[] = [];
    const joined = this.#notYetBest(tip);
    const fork = (joined.at(-1) ?? tip).height - 1;
    for (let height = fork + 1; height <= this.#tip.height; height++) {
      const block = this.#best.get(height);
      if (block !== undefined) left.push(block);
      this.#best.delete(height);
    }
    for (const block of joined) this.#best.set(block.height, block);
    this.#tip = tip;
    this.#forgetOld();
    for (const listener of this.#listeners) listener({ tip, left });
  }

  /** A new tip and its ancestors down to the fork, newest first. */
  #notYetBest(tip: ChainBlock): ChainBlock[] {
    const joined: ChainBlock[] = [];
    let block: ChainBlock | undefined = tip;
    for (; block !== undefined && !this.isBest(block); block = block.parent) joined.push(block);
    return joined;
  }

  #forgetOld(): void {
    const oldest = this.#best.get(this.#tip.height - this.#blocksKept);
    if (oldest === undefined || oldest === this.genesis) return;
    for (const [hash, block] of this.#byHash) {
      if (block.height > 0 && block.height < oldest.height) this.#byHash.delete(hash);
    }
    this.#best.delete(oldest.height - 1);
    this.#best.set(0, this.genesis);
    oldest.forgetParent();
  }
}
