import { HEADER_LENGTH } from "../../base/mod.ts";
import {
  type BlockTemplate,
  countSigops,
  encodeCompactSize,
  TemplateError,
  type TemplateTransaction,
  type Transaction,
} from "../zcash/mod.ts";

/** The transactions that stay in the block beside the pool's coinbase. */
export interface FittedTransactions {
  readonly transactions: readonly TemplateTransaction[];
  /** What the coinbase collects less, because their transactions were left out. */
  readonly lostFeesZat: bigint;
}

/**
 * Holds a block within the node's limits. The node filled its template up to them with its own
 * coinbase; the pool's is longer, so that a full block may be over. Then transactions are left out
 * from the end, where none is a parent of one that stays.
 *
 * @param coinbase the pool's: its amounts may be off, its length and scripts are right.
 * @throws {TemplateError} `too-large` when leaving out does not help, or when it cannot be told
 *   what the coinbase may then collect.
 */
export function fitTransactions(
  template: BlockTemplate,
  coinbase: Transaction,
): FittedTransactions {
  const all = template.transactions;
  let { size, sigops } = measureBody(coinbase, all);
  let count = all.length;
  const fits = () => blockSize(size, count) <= template.sizeLimit && sigops <= template.sigopLimit;
  while (!fits()) {
    const last = all[count - 1];
    if (last === undefined) throw tooLarge("even without transactions");
    size -= last.data.length;
    sigops -= last.sigops;
    count -= 1;
  }
  if (count === all.length) return { transactions: all, lostFeesZat: 0n };
  const transactions = all.slice(0, count);
  return { transactions, lostFeesZat: lostFees(template, transactions) };
}

type Measured = Pick<TemplateTransaction, "data" | "sigops">;

/** What counts against the node's limits in a whole block: its bytes and signature operations. */
export function measureBlock(
  coinbase: Transaction,
  transactions: readonly Measured[],
): { readonly size: number; readonly sigops: number } {
  const { size, sigops } = measureBody(coinbase, transactions);
  return { size: blockSize(size, transactions.length), sigops };
}

function measureBody(coinbase: Transaction, transactions: readonly Measured[]) {
  return {
    size: coinbase.bytes.length + sum(transactions, (tx) => tx.data.length),
    sigops: outerSigops(coinbase) + sum(transactions, (tx) => tx.sigops),
  };
}

/** @param count of transactions beside the coinbase. */
function blockSize(bodySize: number, count: number): number {
  return HEADER_LENGTH + encodeCompactSize(count + 1).length + bodySize;
}

/**
 * How much less the coinbase must collect. Which share of the fees it may keep depends on the
 * upgrade in force (ZIP 235: from NU7 all but floor(6/10)); the node's own figures show which rule
 * that is, so that no height is written down here.
 */
function lostFees(template: BlockTemplate, kept: readonly TemplateTransaction[]): bigint {
  const before = totalFees(template.transactions);
  const after = totalFees(kept);
  const all = (fees: bigint) => fees;
  const afterReserve = (fees: bigint) => fees - 6n * fees / 10n;
  const rule = [all, afterReserve].find((keep) => keep(before) === template.coinbaseFee);
  if (rule === undefined) {
    throw tooLarge(
      `and of ${before} zat of fees the coinbase collects ${template.coinbaseFee}, ` +
        "by a rule that is not known here",
    );
  }
  return template.coinbaseFee - rule(after);
}

/** Signature operations in a transaction's own scripts; those of P2SH redeem scripts come on top. */
export function outerSigops({ inputs, outputs }: Transaction): number {
  return sum(inputs, (input) => countSigops(input.script)) +
    sum(outputs, (output) => countSigops(output.script));
}

function totalFees(transactions: readonly TemplateTransaction[]): bigint {
  return transactions.reduce((total, tx) => total + tx.fee, 0n);
}

function sum<T>(items: readonly T[], measure: (item: T) => number): number {
  return items.reduce((total, item) => total + measure(item), 0);
}

function tooLarge(reason: string): TemplateError {
  return new TemplateError(
    "too-large",
    `with the pool's coinbase the block is over the node's limits, ${reason}`,
  );
}
