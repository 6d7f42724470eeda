/**
 * As much of transparent scripts as blocks and payees need: pushes, the height that a coinbase
 * starts with (BIP 34), signature operations, and the two standard forms of payment.
 *
 * @module
 */
import { concatBytes, equalBytes } from "../../base/mod.ts";

/** The least length of a coinbase's scriptSig (Zcash protocol §7.1.2). */
export const COINBASE_SCRIPT_LENGTH_MIN = 2;

/** The greatest length of a coinbase's scriptSig (Zcash protocol §7.1.2). */
export const COINBASE_SCRIPT_LENGTH_MAX = 100;

/** The greatest length that a single opcode byte can announce. */
const SHORT_PUSH_LENGTH_MAX = 75;

const OP_PUSHDATA1 = 0x4c;
const OP_PUSHDATA2 = 0x4d;
const OP_PUSHDATA4 = 0x4e;
const OP_1 = 0x51;
const OP_16 = 0x60;
const OP_CHECKSIG = 0xac;
const OP_CHECKSIGVERIFY = 0xad;
const OP_CHECKMULTISIG = 0xae;
const OP_CHECKMULTISIGVERIFY = 0xaf;

/** Outside of P2SH a multi-signature counts as many keys as it could have. */
const MULTISIG_SIGOPS = 20;

/** Pays to the hash of a public key. @param hash 20 bytes. */
export function p2pkhScript(hash: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x76, 0xa9, 0x14), hash, Uint8Array.of(0x88, OP_CHECKSIG));
}

/** Pays to the hash of a script. @param hash 20 bytes. */
export function p2shScript(hash: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0xa9, 0x14), hash, Uint8Array.of(0x87));
}

/** Which of the standard forms of payment a scriptPubKey has. */
export function paymentForm(script: Uint8Array): "p2pkh" | "p2sh" | undefined {
  const hash = (start: number) => script.subarray(start, start + 20);
  if (script.length === 25 && equalBytes(script, p2pkhScript(hash(3)))) return "p2pkh";
  if (script.length === 23 && equalBytes(script, p2shScript(hash(2)))) return "p2sh";
  return undefined;
}

/**
 * A push of 1 to 75 bytes.
 *
 * @throws {RangeError} when there are fewer or more.
 */
export function pushScript(data: Uint8Array): Uint8Array {
  if (data.length < 1 || data.length > SHORT_PUSH_LENGTH_MAX) {
    throw new RangeError(
      `Cannot push: 1 to ${SHORT_PUSH_LENGTH_MAX} bytes expected, received ${data.length}`,
    );
  }
  return concatBytes(Uint8Array.of(data.length), data);
}

/** What a coinbase's scriptSig must start with: the height in its one minimal form. */
export function heightPush(height: number): Uint8Array {
  if (height >= 1 && height <= 16) return Uint8Array.of(OP_1 + height - 1);
  const digits: number[] = [];
  for (let rest = height; rest > 0; rest = Math.floor(rest / 256)) digits.push(rest % 256);
  // The number is signed: a set top bit would make it negative.
  if ((digits.at(-1) ?? 0) >= 0x80) digits.push(0);
  return Uint8Array.of(digits.length, ...digits);
}

/** The height that a coinbase's scriptSig starts with, or undefined: then it has no such form. */
export function heightOfCoinbaseScript(script: Uint8Array): number | undefined {
  const [first = 0] = script;
  if (first >= OP_1 && first <= OP_16) return first - OP_1 + 1;
  // Heights end below 500,000,000 (Zcash protocol §7.1), so they need at most 4 bytes.
  if (first < 1 || first > 4 || script.length < first + 1) return undefined;
  const digits = script.subarray(1, first + 1);
  const height = digits.reduceRight((sum, digit) => sum * 256 + digit, 0);
  return equalBytes(heightPush(height), script.subarray(0, first + 1)) ? height : undefined;
}

/**
 * Signature operations that a block is charged for a script, P2SH redeem scripts apart. A script
 * that breaks off within a push is counted up to there.
 */
export function countSigops(script: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < script.length;) {
    const opcode = script[i] as number;
    if (opcode === OP_CHECKSIG || opcode === OP_CHECKSIGVERIFY) count += 1;
    if (opcode === OP_CHECKMULTISIG || opcode === OP_CHECKMULTISIGVERIFY) count += MULTISIG_SIGOPS;
    i += 1 + pushLength(script, i, opcode);
  }
  return count;
}

/** Bytes that belong to the opcode at `i`: those of its length and the data. */
function pushLength(script: Uint8Array, i: number, opcode: number): number {
  if (opcode < OP_PUSHDATA1) return opcode;
  if (opcode > OP_PUSHDATA4) return 0;
  const lengthBytes = opcode === OP_PUSHDATA1 ? 1 : opcode === OP_PUSHDATA2 ? 2 : 4;
  const digits = script.subarray(i + 1, i + 1 + lengthBytes);
  return lengthBytes + digits.reduceRight((sum, digit) => sum * 256 + digit, 0);
}
