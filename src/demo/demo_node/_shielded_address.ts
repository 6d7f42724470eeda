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

/** Prefixes of Testnet's Unified Addresses: what may be inside (ZIP 316, revisions 0 and 2). */
const UNIFIED_PREFIXES = new Map([
  ["utest", { conditions: false, transparent: true, shieldedOnly: true }],
  ["zutest", { conditions: true, transparent: false, shieldedOnly: false }],
  ["tutest", { conditions: true, transparent: true, shieldedOnly: false }],
]);

/** Kinds of addresses that are read here. */
export type OtherAddressKind = "sapling" | "unified" | "tex";

const SAPLING_LENGTH = 43;
const TEX_LENGTH = 20;
/** Lengths of the items of a Unified Address by type; the last two are its expiry. */
const ITEM_LENGTHS: ReadonlyMap<number, number> = new Map([
  [0, 20], // P2PKH
  [1, 20], // P2SH
  [2, 43], // Sapling
  [3, 43], // Orchard
  [0xe0, 4], // height
  [0xe1, 8], // time
]);
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
  return isUnified(prefix, bytes) ? "unified" : undefined;
}

function isUnified(prefix: string, jumbled: Uint8Array): boolean {
  const rules = UNIFIED_PREFIXES.get(prefix);
  if (rules === undefined || jumbled.length < JUMBLE_LENGTH_MIN) return false;
  const plain = unjumble(jumbled);
  const padding = new Uint8Array(PADDING_LENGTH);
  padding.set(new TextEncoder().encode(prefix));
  const split = plain.length - PADDING_LENGTH;
  if (!equalBytes(plain.subarray(split), padding)) return false;
  try {
    const types = readTypes(new WireReader(plain.subarray(0, split)));
    return types !== undefined && fits(types, rules);
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

/** The types of all items; undefined when they do not ascend or one has a wrong length. */
function readTypes(reader: WireReader): number[] | undefined {
  const types: number[] = [];
  while (reader.remaining > 0) {
    const type = reader.compactSize(0);
    const item = reader.lengthPrefixed();
    if (type <= (types.at(-1) ?? -1)) return undefined;
    if ((ITEM_LENGTHS.get(type) ?? item.length) !== item.length) return undefined;
    types.push(type);
  }
  return types;
}

/** Whether an address of these items may have this prefix, and can be paid by one who knows them. */
function fits(
  types: readonly number[],
  rules: { conditions: boolean; transparent: boolean; shieldedOnly: boolean },
): boolean {
  const isMetadata = (type: number) => type >= 0xc0 && type <= 0xfc;
  const isShielded = (type: number) => type >= FIRST_SHIELDED_TYPE && !isMetadata(type);
  const isTransparent = (type: number) => type < FIRST_SHIELDED_TYPE;
  const conditions = types.filter((type) => type >= 0xe0 && isMetadata(type));
  if (types.every(isMetadata) || (types.includes(0) && types.includes(1))) return false;
  if (types.some(isTransparent) && !rules.transparent) return false;
  if (rules.shieldedOnly && !types.some(isShielded)) return false;
  return rules.conditions
    ? conditions.every((type) => ITEM_LENGTHS.has(type))
    : conditions.length === 0;
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
