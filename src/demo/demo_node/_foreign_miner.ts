/**
 * Blocks by someone else, on order: right in all but their proof of work, which the node does not
 * ask of itself.
 *
 * @module
 */
import { type Clock, concatBytes, displayHash, type Random } from "../../base/mod.ts";
import { encodeBlock, parseBlock } from "./_block.ts";
import type { Chain } from "./_chain.ts";
import type { ChainBlock } from "./_chain_block.ts";
import { SOLUTION_LENGTH } from "./_equihash.ts";
import type { Mempool } from "./_mempool.ts";
import { buildTemplate } from "./_template.ts";

/** More blocks at once would keep the node from answering. */
const BLOCKS_MAX = 500;

/** Makes blocks and puts them into the chain. */
export class ForeignMiner {
  readonly #chain: Chain;
  readonly #mempool: Mempool;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(modules: { chain: Chain; mempool: Mempool; clock: Clock; random: Random }) {
    this.#chain = modules.chain;
    this.#mempool = modules.mempool;
    this.#clock = modules.clock;
    this.#random = modules.random;
  }

  /** Adds blocks to the best chain, each with all that waits or, when `empty`, with nothing. */
  generate(count: number, empty = false): ChainBlock[] {
    checkCount(count);
    return Array.from({ length: count }, () => this.#mine(this.#chain.tip, !empty));
  }

  /**
   * Makes a branch that leaves the best chain `depth` blocks below its tip and outdoes it.
   *
   * @returns the branch's blocks, oldest first.
   */
  reorganise(depth: number): ChainBlock[] {
    checkCount(depth);
    const fork = this.#chain.tip.lineage(depth + 1)[depth];
    if (fork === undefined) throw new RangeError(`Cannot reorganise: no ${depth} blocks to undo`);
    const branch: ChainBlock[] = [];
    let parent = fork;
    // One block more than it undoes is enough while difficulty stays; a few more when it moves.
    while (
      branch.length < depth + 1 || (this.#chain.tip !== parent && branch.length < 2 * depth + 2)
    ) {
      parent = this.#mine(parent, false);
      branch.push(parent);
    }
    return branch;
  }

  #mine(parent: ChainBlock, full: boolean): ChainBlock {
    const template = buildTemplate({
      rules: this.#chain.rules,
      parent,
      transactions: full ? this.#mempool.transactions : [],
      // Pays to a public key hash that nobody has a key for.
      minerScript: concatBytes(PAY_TO_KEY_HASH, this.#random.bytes(20), EQUAL_AND_CHECK),
      extraCoinbaseData: new TextEncoder().encode("foreign"),
      nowMs: this.#clock.now(),
    });
    const header = {
      version: 4,
      previousBlockHash: parent.hash,
      merkleRoot: template.merkleRoot,
      blockCommitments: template.blockCommitments,
      time: template.curTime,
      bits: template.bits,
      nonce: this.#random.bytes(32),
      solution: new Uint8Array(SOLUTION_LENGTH),
    };
    const transactions = [template.coinbase, ...template.transactions.map((p) => p.transaction)];
    const block = parseBlock(encodeBlock(header, transactions));
    const result = this.#chain.add(block, { nowMs: this.#clock.now(), proofOfWork: false });
    if (result.kind !== "added") {
      const reason = result.kind === "refused" ? result.refusal.message : result.kind;
      throw new Error(`Cannot add block ${displayHash(block.hash)} of our own: ${reason}`);
    }
    return result.block;
  }
}

const PAY_TO_KEY_HASH = Uint8Array.of(0x76, 0xa9, 0x14);
const EQUAL_AND_CHECK = Uint8Array.of(0x88, 0xac);

function checkCount(count: number): void {
  if (!Number.isSafeInteger(count) || count < 1 || count > BLOCKS_MAX) {
    throw new RangeError(`Cannot make blocks: 1 to ${BLOCKS_MAX} expected, received ${count}`);
  }
}
