/**
 * Looks into a transaction that a wallet has made before it is sent: a wallet's word is not enough
 * to give money away.
 *
 * @module
 */
import { bytesToHex, displayHash, hexToBytes, reasonOf } from "../../base/mod.ts";
import { parseAddress, parseTransaction, type Transaction } from "../../chain/zcash/mod.ts";
import type { BuiltPayment, PaymentRecipient } from "./wallet_port.ts";

/** What the bytes say. */
export interface VerifiedPayment {
  /** Display order. */
  readonly txid: string;
  readonly expiryHeight: number;
  readonly feeZat: bigint;
}

/** What a payment may be at most. */
export interface PaymentBounds {
  readonly feeMaxZat: bigint;
  /** The last height at which it may be mined. */
  readonly expiryMax: number;
}

/** A block has 2 MB; a payment to 1,000 shielded recipients has half of it. */
const LENGTH_MAX = 2_000_000;

/**
 * Checks that the bytes are a transaction with the id that the wallet names, that it spends
 * shielded funds only, that its transparent outputs are exactly the transparent recipients, that
 * there is room for every shielded recipient, that its fee is within the budget, and that it comes to
 * an end: one that never expires, and that no node takes, would hold its miners' money and the wallet
 * without end. What shielded outputs hold cannot be seen from outside; the value that stays inside is
 * what the fee shows.
 *
 * @returns what the bytes say, or a sentence that names what is wrong with them.
 */
export function verifyPayment(
  payment: BuiltPayment,
  recipients: readonly PaymentRecipient[],
  { feeMaxZat, expiryMax }: PaymentBounds,
): VerifiedPayment | string {
  if (payment.hex.length > 2 * LENGTH_MAX) return "it is larger than a block";
  let transaction: Transaction;
  try {
    const bytes = hexToBytes(payment.hex);
    transaction = parseTransaction(bytes);
    if (transaction.bytes.length !== bytes.length) return "bytes follow the transaction";
  } catch (thrown) {
    return `it cannot be read: ${reasonOf(thrown)}`;
  }
  const txid = displayHash(transaction.txid);
  if (txid !== payment.txid.toLowerCase()) return `its id is ${txid}, not ${payment.txid}`;
  if (transaction.inputs.length > 0) return "it spends transparent funds";
  const fault = outputsFault(transaction, recipients);
  if (fault !== undefined) return fault;
  const paidInTheOpen = transaction.outputs.reduce((sum, { valueZat }) => sum + valueZat, 0n);
  const feeZat = transaction.valueBalanceZat - paidInTheOpen;
  if (feeZat <= 0n || feeZat > feeMaxZat) {
    return `its fee is ${feeZat} zatoshis, at most ${feeMaxZat} are expected`;
  }
  const { expiryHeight = 0 } = transaction;
  if (expiryHeight === 0) return "it never expires";
  if (expiryHeight > expiryMax) {
    return `it expires at height ${expiryHeight}, at most ${expiryMax} is expected`;
  }
  return { txid, expiryHeight, feeZat };
}

function outputsFault(
  transaction: Transaction,
  recipients: readonly PaymentRecipient[],
): string | undefined {
  const expected: string[] = [];
  let shielded = 0;
  for (const { address, amountZat } of recipients) {
    const script = parseAddress(address).scriptPubKey;
    if (script === undefined) shielded++;
    else expected.push(`${bytesToHex(script)} ${amountZat}`);
  }
  const found = transaction.outputs.map(({ script, valueZat }) =>
    `${bytesToHex(script)} ${valueZat}`
  );
  if (expected.sort().join("\n") !== found.sort().join("\n")) {
    return "its transparent outputs are not what was asked for";
  }
  const { saplingOutputs, orchardActions, ironwoodActions } = transaction.shielded;
  return saplingOutputs + orchardActions + ironwoodActions < shielded
    ? `it has fewer shielded outputs than the ${shielded} recipients`
    : undefined;
}
