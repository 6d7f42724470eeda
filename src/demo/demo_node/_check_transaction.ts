/**
 * The rules for all transactions but the coinbase: their form, and what they spend.
 *
 * @module
 */
import { bytesToHex, equalBytes } from "../../base/mod.ts";
import { BlockRefusal, faultOfTransaction } from "./_refusal.ts";
import { branchIdAt, type ChainRules } from "./_rules.ts";
import { countSigops, lastPush, OPEN_SCRIPT, spendsOpenScript } from "./_script.ts";
import { isNullInput, outpoint, type Transaction, type TransactionOutput } from "./_transaction.ts";
import { u32Le } from "./_wire.ts";

/** Outputs that may be spent, by the hexadecimal form of their 36-byte outpoint. */
export type Unspent = ReadonlyMap<string, TransactionOutput>;

/** Where and when a transaction is to be mined. */
export interface MiningContext {
  readonly height: number;
  /** Median of the last eleven block times, with which lock times are compared (BIP 113). */
  readonly medianTime: number;
}

const MONEY_MAX_ZAT = 2_100_000_000_000_000n;
const EXPIRY_HEIGHT_MAX = 499_999_999;
// Lock times below this are heights, others are times.
const LOCK_TIME_THRESHOLD = 500_000_000;
const FINAL_SEQUENCE = 0xffff_ffff;

/** The key of an output in {@link Unspent}. */
export function outputKey(txid: Uint8Array, index: number): string {
  return bytesToHex(txid) + bytesToHex(u32Le(index));
}

/** Output values must be amounts of money. @throws {BlockRefusal} */
export function checkAmounts(transaction: Transaction): void {
  let sum = 0n;
  for (const { valueZat } of transaction.outputs) {
    sum += valueZat;
    if (valueZat < 0n || sum > MONEY_MAX_ZAT) throw faultOfTransaction("Amount");
  }
}

/** The form of a transaction that is no coinbase. @throws {BlockRefusal} */
export function checkTransactionForm(
  transaction: Transaction,
  rules: ChainRules,
  context: MiningContext,
): void {
  const { inputs, outputs, expiryHeight } = transaction;
  if (inputs.some(isNullInput)) throw faultOfTransaction("CoinbasePosition");
  if (inputs.length === 0) throw faultOfTransaction("NoInputs");
  if (outputs.length === 0) throw faultOfTransaction("NoOutputs");
  if (transaction.branchId !== branchIdAt(rules, context.height)) {
    throw faultOfTransaction("WrongBranchId");
  }
  if (expiryHeight > EXPIRY_HEIGHT_MAX) throw faultOfTransaction("MaximumExpiryHeight");
  if (expiryHeight !== 0 && context.height > expiryHeight) {
    throw faultOfTransaction("ExpiredTransaction");
  }
  checkLockTime(transaction, context);
  checkAmounts(transaction);
}

function checkLockTime(transaction: Transaction, context: MiningContext): void {
  const { lockTime, inputs } = transaction;
  const reached = lockTime < LOCK_TIME_THRESHOLD ? context.height : context.medianTime;
  const final = inputs.every((input) => input.sequence === FINAL_SEQUENCE);
  if (lockTime >= reached && lockTime !== 0 && !final) throw faultOfTransaction("LockedUntil");
}

/**
 * Spends a transaction's inputs and adds its outputs.
 *
 * @param unspent is changed.
 * @param spentKeys what the block has spent so far; is changed.
 * @returns the fee in zatoshi.
 * @throws {BlockRefusal} when an input is missing, spent twice, guarded or worth too little.
 */
export function applyTransaction(
  transaction: Transaction,
  unspent: Map<string, TransactionOutput>,
  spentKeys: Set<string>,
): bigint {
  let inZat = 0n;
  for (const input of transaction.inputs) {
    const key = bytesToHex(outpoint(input));
    if (spentKeys.has(key)) throw faultOfTransaction("DuplicateTransparentSpend");
    spentKeys.add(key);
    const spent = unspent.get(key);
    if (spent === undefined) {
      throw new BlockRefusal("Block { source: Transaction(TransparentInputNotFound) }", {
        missingInput: true,
      });
    }
    if (!spendsOpenScript(input.scriptSig)) throw faultOfTransaction("Script");
    unspent.delete(key);
    inZat += spent.valueZat;
  }
  const outZat = transaction.outputs.reduce((sum, output) => sum + output.valueZat, 0n);
  if (outZat > inZat) throw faultOfTransaction("IncorrectFee");
  // Only outputs to the open script can ever be spent here: the node checks no signatures, so it
  // does not know the others, as the real one knows no coinbase output before it is mature.
  transaction.outputs.forEach((output, index) => {
    if (equalBytes(output.script, OPEN_SCRIPT)) {
      unspent.set(outputKey(transaction.txid, index), output);
    }
  });
  return inZat - outZat;
}

/**
 * Signature checks of a transaction as blocks count them: those in its scripts, and those in the
 * scripts behind script hashes. A coinbase's scriptSig is no script.
 */
export function sigopsOf(transaction: Transaction): number {
  const scripts = transaction.outputs.map((output) => output.script);
  if (!transaction.coinbase) scripts.push(...transaction.inputs.map((input) => input.scriptSig));
  const plain = scripts.reduce((sum, script) => sum + countSigops(script), 0);
  if (transaction.coinbase) return plain;
  // Everything that can be spent on this chain is behind a script hash.
  return transaction.inputs.reduce(
    (sum, input) => sum + countSigops(lastPush(input.scriptSig), true),
    plain,
  );
}
