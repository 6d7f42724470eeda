import { assert } from "../../base/mod.ts";
import {
  type BlockTemplate,
  type CheckedTemplate,
  type CoinbaseMarks,
  coinbaseScripts,
  rebuildCoinbase,
  TemplateError,
  type TemplateTransaction,
  type Transaction,
  type TransparentOutput,
} from "../zcash/mod.ts";
import { fitTransactions } from "./_block_limits.ts";
import type { Payee } from "./_payee.ts";

/** The pool's coinbase and what stays in the block beside it. */
export interface PoolCoinbase {
  readonly coinbase: Transaction;
  readonly transactions: readonly TemplateTransaction[];
  /** Those of {@link coinbase} that share the miner's value. */
  readonly minerOutputs: readonly TransparentOutput[];
  /** What the miner gets less than in the node's template. */
  readonly lostFeesZat: bigint;
}

/**
 * Makes the pool's coinbase with as many of its marks as the block has room for.
 *
 * @throws {TemplateError} `too-large` when there is too little room without any.
 * @throws {RangeError} when process bytes or tag do not have their lengths.
 */
export function makePoolCoinbase(
  template: BlockTemplate,
  { coinbase, input }: CheckedTemplate,
  payee: Payee,
  options: CoinbaseMarks & { readonly sequence?: number },
): PoolCoinbase {
  const { sequence = input.sequence } = options;
  let refusal: TemplateError | undefined;
  for (const script of coinbaseScripts(input.script, template.height, options)) {
    const build = (outputs: readonly TransparentOutput[]) =>
      rebuildCoinbase(coinbase, { ...input, sequence }, { script, outputs });
    try {
      return fitted(template, payee, build);
    } catch (error) {
      if (!(error instanceof TemplateError) || error.fault !== "too-large") throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}

function fitted(
  template: BlockTemplate,
  payee: Payee,
  build: (outputs: readonly TransparentOutput[]) => Transaction,
): PoolCoinbase {
  const unfitted = build(payee.outputs(0n).all);
  const { transactions, lostFeesZat } = fitTransactions(template, unfitted);
  const outputs = payee.outputs(lostFeesZat);
  const coinbase = lostFeesZat === 0n ? unfitted : build(outputs.all);
  assert(coinbase.bytes.length <= unfitted.bytes.length, "a split has grown with a lower value");
  return { coinbase, transactions, minerOutputs: outputs.miner, lostFeesZat };
}
