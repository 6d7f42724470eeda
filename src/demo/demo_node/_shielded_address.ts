/**
 * The form of Testnet addresses that are not plainly transparent: Sapling, Unified (ZIP 316) and
 * TEX (ZIP 320). Whether keys lie on their curves is not checked: the demo chain pays to none.
 *
 * @module
 */
import { blake2b } from "@noble/hashes/blake2.js";
import { concatBytes, equalBytes } from "../../base/mod.ts";
import { BECH32, BECH32M, readBech32 } from "./_bech32.ts";
import { WireError, WireReader } from "./_wire.ts";

/** Kinds of addresses that are read here. */
export type OtherAddressKind = "sapling" | "unified" | "tex";

const SAPLING_LENGTH = 43;
const TEX_LENGTH = 20;
/** Lengths of the receivers of a Unified Address by type: P2PKH, P2SH, Sapling, Orchard. */
const RECEIVER_LENGTHS: ReadonlyMap<number, number> = new Map([[0, 20], [1, 20], [2, 43], [3, 43]]);
const FIRST_SHIELDED_TYPE = 2;
const PADDING_LENGTH = 16;
/** What F4Jumble takes in (ZIP 316). */
const JUMBLE_LENGTH_MIN = 48;

/** The kind of a Testnet address, or undefined when it is none of these. */
export function otherAddressKind(text: string): OtherAddressKind | undefined {
  const read = readBech32(text);
  if (read === undefined) return undefined;
  const { prefix, bytes, form } = read;
  if (prefix === "ztestsapling") {
    return form === BECH32 && bytes.length === SAPLING_LENGTH ? "sapling" : undefined;
  }
  if (form !== BECH32M) return undefined;
  if (prefix === "textest") return bytes.length === TEX_LENGTH ? "tex" : undefined;
  return prefix === "utest" && isUnified(bytes) ? "unified" : undefined;
}

function isUnified(jumbled: Uint8Array): boolean {
  if (jumbled.length < JUMBLE_LENGTH_MIN) return false;
  const plain = unjumble(jumbled);
  const padding = new Uint8Array(PADDING_LENGTH);
  padding.set(new TextEncoder().encode("utest"));
  const split = plain.length - PADDING_LENGTH;
  if (!equalBytes(plain.subarray(split), padding)) return false;
  try {
    return hasGoodReceivers(new WireReader(plain.subarray(0, split)));
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

/** Types ascend, one of them is shielded, and not both transparent kinds are there. */
function hasGoodReceivers(reader: WireReader): boolean {
  const types: number[] = [];
  while (reader.remaining > 0) {
    const type = reader.compactSize(0);
    const receiver = reader.lengthPrefixed();
    if (type <= (types.at(-1) ?? -1)) return false;
    if ((RECEIVER_LENGTHS.get(type) ?? receiver.length) !== receiver.length) return false;
    types.push(type);
  }
  const shielded = types.some((type) => type >= FIRST_SHIELDED_TYPE);
  return shielded && !(types.includes(0) && types.includes(1));
}

/** The inverse of F4Jumble: four rounds of a Feistel network over two unequal halves. */
function unjumble(bytes: Uint8Array): Uint8Array {
  const leftLength = Math.min(64, Math.floor(bytes.length / 2));
  let left = bytes.slice(0, leftLength);
  let right = bytes.slice(leftLength);
  left = xor(left, roundH(1, right, leftLength));
  right = xor(right, roundG(1, left, right.length));
  left = xor(left, roundH(0, right, leftLength));
  right = xor(right, roundG(0, left, right.length));
  return concatBytes(left, right);
}

function roundH(round: number, message: Uint8Array, dkLen: number): Uint8Array {
  return blake2b(message, { dkLen, personalization: tag("UA_F4Jumble_H", round, 0) });
}

function roundG(round: number, message: Uint8Array, length: number): Uint8Array {
  const blocks = Array.from(
    { length: Math.ceil(length / 64) },
    (_, i) => blake2b(message, { dkLen: 64, personalization: tag("UA_F4Jumble_G", round, i) }),
  );
  return concatBytes(...blocks).subarray(0, length);
}

function tag(name: string, round: number, index: number): Uint8Array {
  const end = Uint8Array.of(round, index & 0xff, index >> 8);
  return concatBytes(new TextEncoder().encode(name), end);
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(a, (byte, i) => byte ^ (b[i] as number));
}
