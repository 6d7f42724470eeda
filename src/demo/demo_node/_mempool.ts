/**
 * Transactions that wait to be mined.
 *
 * @module
 */
import { bytesToHex } from "../../base/mod.ts";
import type { Chain, TipChange } from "./_chain.ts";
import { applyTransaction, checkTransactionForm, sigopsOf } from "./_check_transaction.ts";
import { medianTime } from "./_difficulty.ts";
import { BlockRefusal, faultOfTransaction } from "./_refusal.ts";
import { outpoint, type Transaction, type TransactionOutput } from "./_transaction.ts";

/** A waiting transaction with what a template says of it. */
export interface PendingTransaction {
  readonly transaction: Transaction;
  readonly feeZat: bigint;
  readonly sigops: number;
}

/** Far more than the node makes by itself; others may send some. */
const TRANSACTIONS_MAX = 200;
/** ZIP 317 as the real node applies it: 1,000 zatoshi an action and at least two actions. */
const MARGINAL_FEE_ZAT = 1_000n;
const GRACE_ACTIONS = 2;

/** Always in an order in which parents come before what spends them. */
export class Mempool {
  readonly #chain: Chain;
  #pending: PendingTransaction[] = [];

  constructor(chain: Chain) {
    this.#chain = chain;
    chain.onTip((change) => this.#follow(change));
  }

  /** What waits, parents first. */
  get transactions(): readonly PendingTransaction[] {
    return this.#pending;
  }

  /** What could be spent if all that waits were mined. */
  spendable(): Map<string, TransactionOutput> {
    const unspent = new Map(this.#chain.tip.unspent);
    const spentKeys = new Set<string>();
    for (const { transaction } of this.#pending) applyTransaction(transaction, unspent, spentKeys);
    return unspent;
  }

  /** Takes a transaction in. @throws {BlockRefusal} when it could not be mined now. */
  add(transaction: Transaction): void {
    if (this.#pending.length >= TRANSACTIONS_MAX) throw faultOfTransaction("MempoolFull");
    if (transaction.coinbase) throw faultOfTransaction("CoinbaseInMempool");
    const { tip } = this.#chain;
    checkTransactionForm(transaction, this.#chain.rules, {
      height: tip.height + 1,
      medianTime: medianTime(tip.lineage(11)),
    });
    const feeZat = applyTransaction(transaction, this.spendable(), new Set());
    if (feeZat < leastFee(transaction)) throw faultOfTransaction("Zip317(UnpaidActions)");
    this.#pending.push({ transaction, feeZat, sigops: sigopsOf(transaction) });
  }

  /** Throws everything away. */
  clear(): void {
    this.#pending = [];
  }

  /** After a new tip: what was mined leaves, what a lost branch had mined comes back. */
  #follow({ left }: TipChange): void {
    const returned = left.flatMap((block) => block.transactions.slice(1));
    const candidates = [...returned, ...this.#pending.map((pending) => pending.transaction)];
    this.#pending = [];
    const seen = new Set<string>();
    for (const transaction of candidates) {
      const id = bytesToHex(transaction.txid);
      if (!seen.has(id)) this.#addIfValid(transaction);
      seen.add(id);
    }
  }

  #addIfValid(transaction: Transaction): void {
    try {
      this.add(transaction);
    } catch (error) {
      // Mined, expired or spent by another: it has no more business here.
      if (!(error instanceof BlockRefusal)) throw error;
    }
  }
}

/** The least fee for which a transaction is taken: no action may be unpaid. */
export function leastFee(shape: { inputs: readonly unknown[]; outputs: readonly unknown[] }) {
  const actions = Math.max(GRACE_ACTIONS, shape.inputs.length, shape.outputs.length);
  return MARGINAL_FEE_ZAT * BigInt(actions);
}

/** One-based positions of the transactions in the list that each one spends from, ascending. */
export function dependencies(transactions: readonly Transaction[]): number[][] {
  const positions = new Map(transactions.map(({ txid }, i) => [bytesToHex(txid), i + 1]));
  return transactions.map(({ inputs }) => {
    const parents = inputs.map((input) =>
      positions.get(bytesToHex(outpoint(input).subarray(0, 32)))
    );
    return [...new Set(parents.filter((position) => position !== undefined))].sort((a, b) => a - b);
  });
}
