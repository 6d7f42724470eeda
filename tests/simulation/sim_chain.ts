import { RpcError } from "../../src/platform/rpc/mod.ts";
import type { BlockNode } from "../../src/chain/blocks/mod.ts";
import { type BlockTemplate, sha256d } from "../../src/chain/zcash/mod.ts";
import { madeTemplate, madeTransaction } from "../support/block_templates.ts";
import { numberedBytes } from "../support/pool_harness.ts";
import { HEADER_LENGTH } from "../../src/base/mod.ts";

/** Height of the first block; far from the start of any chain. */
const FIRST_HEIGHT = 1_000;

/** One header in so many is a block. */
const SHARES_PER_BLOCK = 24n;

/** What a header has to meet. */
export const NETWORK_TARGET = (1n << 256n) / SHARES_PER_BLOCK;

/** A node's chain of blocks, which grows, is cut, and takes what pools find. */
export class SimChain implements BlockNode {
  readonly url = "http://node";
  /** Hashes from {@link FIRST_HEIGHT} on, internal order. */
  readonly #hashes: Uint8Array[] = [];
  /** Hashes in hexadecimal digits of all blocks that a pool has handed over. */
  readonly submitted = new Set<string>();
  #serial = 0;
  /** While set, no question is answered. */
  isAway = false;

  constructor() {
    this.grow(3);
  }

  get height(): number {
    return FIRST_HEIGHT + this.#hashes.length - 1;
  }

  get tip(): Uint8Array {
    return this.#hashes.at(-1) as Uint8Array;
  }

  /** Strangers find blocks. */
  grow(count: number): void {
    for (let n = 0; n < count; n++) this.#hashes.push(numberedBytes(32, ++this.#serial));
  }

  /** The last blocks are replaced by as many and one more, or by one less where `lower`. */
  reorganise(depth: number, lower: boolean): void {
    const cut = Math.min(depth, this.#hashes.length - 2);
    this.#hashes.splice(this.#hashes.length - cut, cut);
    this.grow(lower ? Math.max(1, cut - 1) : cut + 1);
  }

  /** Work on the tip; each call has other transactions. */
  template(): BlockTemplate {
    const transactions = [madeTransaction(++this.#serial), madeTransaction(++this.#serial)];
    return {
      ...madeTemplate({ height: this.height + 1, transactions }),
      previousBlockHash: this.tip,
      target: NETWORK_TARGET,
    };
  }

  // deno-lint-ignore require-await -- the keyword turns a throw into a rejection
  async submitBlock(block: Uint8Array): Promise<string | null> {
    const header = block.subarray(0, HEADER_LENGTH);
    const hash = sha256d(header);
    // A node keeps what it was handed, also where the answer is lost.
    this.submitted.add(hash.toHex());
    this.#check("submitblock");
    const parent = header.slice(4, 36);
    if (parent.toHex() === this.tip.toHex()) this.#hashes.push(hash);
    return null;
  }

  proposeBlock(): Promise<string | null> {
    return Promise.resolve(null);
  }

  // deno-lint-ignore require-await -- as above
  async getBlockHash(height: number): Promise<Uint8Array | undefined> {
    this.#check("getblockhash");
    return this.#hashes[height - FIRST_HEIGHT];
  }

  // deno-lint-ignore require-await -- as above
  async getBestBlockHeightAndHash(): Promise<{ height: number; hash: Uint8Array }> {
    this.#check("getbestblockheightandhash");
    return { height: this.height, hash: this.tip };
  }

  /** A Testnet, as far as the pool asks. */
  getBlockchainInfo(): Promise<{ chain: string }> {
    return Promise.resolve({ chain: "test" });
  }

  #check(method: string): void {
    if (this.isAway) throw new RpcError("node", "timeout", `${method} was not answered in time`);
  }
}
