/**
 * As much of Script as the demo chain has: heights in coinbases, counting signature checks, and the
 * one kind of output that can be spent, a pay-to-script-hash of `OP_TRUE`.
 *
 * @module
 */
import { concatBytes, equalBytes, hexToBytes } from "../../base/mod.ts";

const OP_PUSHDATA1 = 0x4c;
const OP_PUSHDATA2 = 0x4d;
const OP_PUSHDATA4 = 0x4e;
const OP_1 = 0x51;
const OP_16 = 0x60;
const OP_CHECKSIG = 0xac;
const OP_CHECKSIGVERIFY = 0xad;
const OP_CHECKMULTISIG = 0xae;
const OP_CHECKMULTISIGVERIFY = 0xaf;
// An old-style count takes every multisignature check for the most keys there may be.
const MULTISIG_KEYS_MAX = 20;

/** `OP_HASH160 <hash of OP_TRUE> OP_EQUAL`: anyone may spend it. */
export const OPEN_SCRIPT = hexToBytes("a914da1745e9b549bd0bfa1a569971c77eba30cd5a4b87");
/** The script behind the hash: `OP_TRUE`. */
const OPEN_REDEEM_SCRIPT = Uint8Array.of(OP_1);

/** One step of a script: an opcode, and the bytes that it pushes if it does. */
interface Step {
  readonly opcode: number;
  readonly data?: Uint8Array;
}

/** The steps of a script, up to the first push that runs past its end. */
function* steps(script: Uint8Array): Generator<Step> {
  for (let i = 0; i < script.length;) {
    const opcode = script[i++] as number;
    const lengthBytes = { [OP_PUSHDATA1]: 1, [OP_PUSHDATA2]: 2, [OP_PUSHDATA4]: 4 }[opcode] ?? 0;
    if (opcode > OP_PUSHDATA4) {
      yield { opcode };
      continue;
    }
    let length = lengthBytes === 0 ? opcode : 0;
    for (let j = 0; j < lengthBytes; j++) length += (script[i + j] ?? 0) * 256 ** j;
    i += lengthBytes;
    if (i + length > script.length) return;
    yield { opcode, data: script.subarray(i, i + length) };
    i += length;
  }
}

/**
 * Signature checks in a script.
 *
 * @param exact counts a multisignature check by the small number before it, as is done for the
 * script behind a script hash.
 */
export function countSigops(script: Uint8Array, exact = false): number {
  let count = 0;
  let previous = 0;
  for (const { opcode } of steps(script)) {
    if (opcode === OP_CHECKSIG || opcode === OP_CHECKSIGVERIFY) count += 1;
    if (opcode === OP_CHECKMULTISIG || opcode === OP_CHECKMULTISIGVERIFY) {
      const small = exact && previous >= OP_1 && previous <= OP_16;
      count += small ? previous - OP_1 + 1 : MULTISIG_KEYS_MAX;
    }
    previous = opcode;
  }
  return count;
}

/**
 * A scriptSig that spends {@link OPEN_SCRIPT}: the script behind the hash, and before it bytes of no
 * meaning, so that auth digests differ from each other.
 */
export function openScriptSig(filler: Uint8Array): Uint8Array {
  return concatBytes(push(filler), push(OPEN_REDEEM_SCRIPT));
}

/** Whether a scriptSig spends {@link OPEN_SCRIPT}: pushes only, the last one of `OP_TRUE`. */
export function spendsOpenScript(scriptSig: Uint8Array): boolean {
  let length = 0;
  for (const { opcode, data } of steps(scriptSig)) {
    if (data === undefined) return false;
    const prefix = { [OP_PUSHDATA1]: 2, [OP_PUSHDATA2]: 3, [OP_PUSHDATA4]: 5 }[opcode] ?? 1;
    length += prefix + data.length;
  }
  // A push that runs past the end is no step, so something is left then.
  return length === scriptSig.length && equalBytes(lastPush(scriptSig), OPEN_REDEEM_SCRIPT);
}

/** The last thing that a script pushes: the script behind a script hash, when it is a scriptSig. */
export function lastPush(script: Uint8Array): Uint8Array {
  let last: Step | undefined;
  for (const step of steps(script)) last = step;
  return last?.data ?? new Uint8Array(0);
}

/** A push of up to 255 bytes. */
export function push(bytes: Uint8Array): Uint8Array {
  return bytes.length < OP_PUSHDATA1
    ? concatBytes(Uint8Array.of(bytes.length), bytes)
    : concatBytes(Uint8Array.of(OP_PUSHDATA1, bytes.length), bytes);
}

/** The push of a height with which a coinbase's scriptSig begins (BIP 34, minimal form). */
export function pushHeight(height: number): Uint8Array {
  if (height === 0) return Uint8Array.of(0);
  if (height <= 16) return Uint8Array.of(OP_1 - 1 + height);
  const bytes: number[] = [];
  for (let rest = height; rest > 0; rest = Math.floor(rest / 256)) bytes.push(rest & 0xff);
  // The top bit of the last byte is a sign.
  if ((bytes.at(-1) ?? 0) >= 0x80) bytes.push(0);
  return push(Uint8Array.from(bytes));
}

/** The height at the front of a scriptSig, or undefined when it is not there in minimal form. */
export function heightOf(scriptSig: Uint8Array): number | undefined {
  const [first] = steps(scriptSig);
  if (first === undefined) return undefined;
  const height = first.data === undefined
    ? first.opcode - OP_1 + 1
    : first.data.reduce((sum, byte, i) => sum + byte * 256 ** i, 0);
  if (height < 1 || height > 0x7fff_ffff) return undefined;
  const minimal = pushHeight(height);
  return minimal.every((byte, i) => scriptSig[i] === byte) ? height : undefined;
}
