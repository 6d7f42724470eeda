/**
 * The rules of the coinbase: its form, its height, and that it pays out exactly what it may and
 * must.
 *
 * @module
 */
import { equalBytes } from "../../base/mod.ts";
import { faultOfTransaction } from "./_refusal.ts";
import { branchIdAt, type ChainRules, minerFeesAt, subsidyAt } from "./_rules.ts";
import { heightOf } from "./_script.ts";
import type { Transaction } from "./_transaction.ts";

const SCRIPT_SIG_LENGTH_MIN = 2;
const SCRIPT_SIG_LENGTH_MAX = 100;

/**
 * Checks all of a coinbase that does not depend on the fees.
 *
 * @returns the height that it names.
 * @throws {BlockRefusal}
 */
export function checkCoinbaseForm(coinbase: Transaction, rules: ChainRules): number {
  const scriptSig = coinbase.inputs[0]?.scriptSig ?? new Uint8Array(0);
  if (scriptSig.length < SCRIPT_SIG_LENGTH_MIN || scriptSig.length > SCRIPT_SIG_LENGTH_MAX) {
    throw faultOfTransaction(`CoinbaseScriptLength(${scriptSig.length})`);
  }
  const height = heightOf(scriptSig);
  if (height === undefined) throw faultOfTransaction("CoinbaseHeight");
  if (coinbase.expiryHeight !== height) throw faultOfTransaction("CoinbaseExpiryBlockHeight");
  if (coinbase.branchId !== branchIdAt(rules, height)) throw faultOfTransaction("WrongBranchId");
  if (coinbase.lockTime !== 0 && coinbase.inputs[0]?.sequence !== 0xffff_ffff) {
    throw faultOfTransaction("LockedUntil");
  }
  checkRequiredOutputs(coinbase, rules, height);
  return height;
}

function checkRequiredOutputs(coinbase: Transaction, rules: ChainRules, height: number): void {
  const { fundingStream } = rules;
  if (fundingStream === undefined) return;
  const { streamZat } = subsidyAt(rules, height);
  const paid = coinbase.outputs.some((output) =>
    output.valueZat === streamZat && equalBytes(output.script, fundingStream.script)
  );
  if (!paid) throw faultOfTransaction("Subsidy(FundingStreamNotFound)");
}

/**
 * The outputs and the lockbox's share must equal the subsidy and the fees that the miner may keep,
 * to the last zatoshi (ZIP 236).
 *
 * @throws {BlockRefusal}
 */
export function checkCoinbaseValue(
  coinbase: Transaction,
  rules: ChainRules,
  height: number,
  feesZat: bigint,
): void {
  const paidZat = coinbase.outputs.reduce((sum, output) => sum + output.valueZat, 0n);
  const { totalZat, lockboxZat } = subsidyAt(rules, height);
  if (paidZat + lockboxZat !== totalZat + minerFeesAt(rules, height, feesZat)) {
    throw faultOfTransaction("Subsidy(InvalidMinerFees)");
  }
}
