import { displayHash } from "../../src/base/mod.ts";
import type { BranchNode, ChainNode } from "../../src/chain/chain_follower/mod.ts";

/** A block of a chain that a test makes. */
export interface TestBlock {
  readonly hash: Uint8Array;
  readonly height: number;
  readonly previousBlockHash: Uint8Array | undefined;
  readonly coinbaseTxid: Uint8Array;
}

/** A node whose best chain a test extends and turns. */
export class TestChain implements BranchNode, ChainNode {
  readonly url = "http://node";
  readonly #blocks = new Map<string, TestBlock>();
  #best: TestBlock[] = [];
  #made = 0;
  /** While set, every question fails with it. */
  failure: Error | undefined;

  constructor(height: number) {
    const base = { hash: this.#bytes(8), height, previousBlockHash: undefined };
    this.#add({ ...base, coinbaseTxid: this.#bytes(7) });
  }

  get tip(): TestBlock {
    const tip = this.#best.at(-1);
    if (tip === undefined) throw new Error("a chain has a first block");
    return tip;
  }

  /** A block on the tip, or on another one; the best chain is the one of the block added last. */
  add(coinbaseTxid = this.#bytes(7), parent = this.tip): TestBlock {
    const { hash: previousBlockHash, height } = parent;
    return this.#add({ hash: this.#bytes(8), height: height + 1, previousBlockHash, coinbaseTxid });
  }

  /** So many blocks of strangers. */
  extend(count: number): void {
    for (let made = 0; made < count; made++) this.add();
  }

  // deno-lint-ignore require-await -- the keyword turns a throw into a rejection
  async getBlockLinks(hash: Uint8Array): Promise<TestBlock | undefined> {
    this.#check();
    const block = this.#blocks.get(displayHash(hash));
    return block !== undefined && this.#at(block.height) === block ? block : undefined;
  }

  // deno-lint-ignore require-await -- as above
  async getBestBlockHeightAndHash(): Promise<TestBlock> {
    this.#check();
    return this.tip;
  }

  // deno-lint-ignore require-await -- as above
  async getBlockHash(height: number): Promise<Uint8Array | undefined> {
    this.#check();
    return this.#at(height)?.hash;
  }

  #at(height: number): TestBlock | undefined {
    return this.#best[height - (this.#best[0]?.height ?? 0)];
  }

  #add(block: TestBlock): TestBlock {
    this.#blocks.set(displayHash(block.hash), block);
    if (block.previousBlockHash === this.#best.at(-1)?.hash) {
      this.#best.push(block);
      return block;
    }
    const chain = [block];
    for (let below = block.previousBlockHash; below !== undefined;) {
      const next = this.#blocks.get(displayHash(below));
      if (next === undefined) break;
      chain.push(next);
      below = next.previousBlockHash;
    }
    this.#best = chain.reverse();
    return block;
  }

  #check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** 32 bytes that are like no others. */
  #bytes(fill: number): Uint8Array {
    const bytes = new Uint8Array(32).fill(fill);
    new DataView(bytes.buffer).setUint32(0, ++this.#made);
    return bytes;
  }
}
