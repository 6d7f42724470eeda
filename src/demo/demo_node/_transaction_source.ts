/**
 * Makes the demo's transactions: each spends one or two open outputs and makes open outputs again,
 * so the supply never runs dry and nobody needs a key.
 *
 * @module
 */
import { hexToBytes } from "../../base/mod.ts";
import type { Chain } from "./_chain.ts";
import { leastFee, type Mempool } from "./_mempool.ts";
import { branchIdAt } from "./_rules.ts";
import { OPEN_SCRIPT, openScriptSig } from "./_script.ts";
import type { SeededRandom } from "./_seeded_random.ts";
import { makeTransaction, type TransactionInput, type TransactionOutput } from "./_transaction.ts";
import { WireReader } from "./_wire.ts";

/** The mempool is filled up to this after each block, so that trees are never trivial. */
const WAITING_MIN = 3;
/** The source makes no more while this many wait. */
const WAITING_MAX = 6;
/** Outputs above this count are gathered instead of split, so that their number stays bounded. */
const OPEN_OUTPUTS_MAX = 48;
/** An output worth less is only ever gathered. */
const SPLIT_ZAT_MIN = 1_000_000n;
/** Blocks that a transaction may wait, as wallets use it (ZIP 203). */
const EXPIRY_DELTA = 40;
const ATTEMPTS_MAX = 20;
/** Fees lie up to this above the least, so that they differ and rounding is exercised. */
const EXTRA_FEE_ZAT = 20_000;

/** Adds transactions to a mempool. */
export class TransactionSource {
  readonly #chain: Chain;
  readonly #mempool: Mempool;
  readonly #random: SeededRandom;

  constructor(chain: Chain, mempool: Mempool, random: SeededRandom) {
    this.#chain = chain;
    this.#mempool = mempool;
    this.#random = random;
  }

  /** Makes transactions until the least number waits. */
  refill(): void {
    // An attempt fails when it picks outputs that are not worth a fee; others will be.
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (this.#mempool.transactions.length >= WAITING_MIN) return;
      this.addOne();
    }
  }

  /** One more, unless enough wait. */
  trickle(): void {
    if (this.#mempool.transactions.length < WAITING_MAX) this.addOne();
  }

  /** Makes one transaction; false when there was nothing to spend, or not enough. */
  addOne(): boolean {
    const open = [...this.#mempool.spendable()];
    const first = this.#choose(open);
    if (first === undefined) return false;
    const spent = [first];
    if (open.length > OPEN_OUTPUTS_MAX || first[1].valueZat < SPLIT_ZAT_MIN) {
      const second = this.#choose(open.filter((entry) => entry !== first));
      if (second !== undefined) spent.push(second);
    }
    return this.#spend(spent, spent.length === 1 ? 2 : 1);
  }

  #spend(spent: readonly (readonly [string, TransactionOutput])[], outputCount: number): boolean {
    const inputs = spent.map(([key]) => inputOf(key, this.#random.bytes(8)));
    const least = leastFee({ inputs, outputs: Array.from({ length: outputCount }) });
    const fee = least + BigInt(this.#random.below(EXTRA_FEE_ZAT));
    const value = spent.reduce((sum, [, output]) => sum + output.valueZat, 0n) - fee;
    if (value < BigInt(outputCount)) return false;
    const change = outputCount === 2 ? value * BigInt(this.#random.below(99) + 1) / 100n : 0n;
    const values = outputCount === 2 ? [value - change, change] : [value];
    const height = this.#chain.tip.height + 1;
    this.#mempool.add(makeTransaction({
      version: this.#random.below(2) === 0 ? 5 : 6,
      branchId: branchIdAt(this.#chain.rules, height),
      lockTime: 0,
      expiryHeight: height + EXPIRY_DELTA,
      inputs,
      outputs: values.map((valueZat) => ({ valueZat, script: OPEN_SCRIPT })),
    }));
    return true;
  }

  /** Every third time one that is not mined yet, when there is one, so that chains come about. */
  #choose(open: readonly [string, TransactionOutput][]): [string, TransactionOutput] | undefined {
    const { unspent } = this.#chain.tip;
    const unmined = open.filter(([key]) => !unspent.has(key));
    const pool = unmined.length > 0 && this.#random.below(3) === 0 ? unmined : open;
    return pool[this.#random.below(Math.max(1, pool.length))];
  }
}

function inputOf(key: string, filler: Uint8Array): TransactionInput {
  const reader = new WireReader(hexToBytes(key));
  return {
    previousTxid: reader.take(32),
    previousIndex: reader.u32(),
    scriptSig: openScriptSig(filler),
    sequence: 0xffff_ffff,
  };
}
