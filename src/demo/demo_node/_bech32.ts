/**
 * Bech32 and Bech32m (BIP 173, BIP 350), without their bound on the length, which Zcash lifts.
 *
 * @module
 */

const ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const CHECKSUM_LENGTH = 6;
// Longer than any address that anybody makes.
const TEXT_LENGTH_MAX = 1_000;

/** What is left over when a text's checksum is right. */
export const BECH32 = 1;
/** The same for the newer form. */
export const BECH32M = 0x2bc830a3;

/** A text taken apart. */
export interface Bech32Text {
  readonly prefix: string;
  readonly bytes: Uint8Array;
  /** {@link BECH32} or {@link BECH32M}. */
  readonly form: number;
}

/** Reads text of either form; undefined for anything else. */
export function readBech32(text: string): Bech32Text | undefined {
  if (text.length > TEXT_LENGTH_MAX || text !== text.toLowerCase()) return undefined;
  const separator = text.lastIndexOf("1");
  const digits = [...text.slice(separator + 1)].map((character) => ALPHABET.indexOf(character));
  if (separator < 1 || digits.length < CHECKSUM_LENGTH || digits.includes(-1)) return undefined;
  const prefix = text.slice(0, separator);
  const form = checksum([...expanded(prefix), ...digits]);
  if (form !== BECH32 && form !== BECH32M) return undefined;
  const bytes = toBytes(digits.slice(0, -CHECKSUM_LENGTH));
  return bytes && { prefix, bytes, form };
}

function expanded(prefix: string): number[] {
  const codes = [...prefix].map((character) => character.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function checksum(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = (sum & 0x1ff_ffff) << 5 ^ value;
    GENERATOR.forEach((term, bit) => sum ^= (top >> bit & 1) === 1 ? term : 0);
  }
  return sum >>> 0;
}

/** Groups of five bits as bytes; what is left over must be zero and less than a group. */
function toBytes(digits: readonly number[]): Uint8Array | undefined {
  const bytes: number[] = [];
  let pending = 0;
  let bits = 0;
  for (const digit of digits) {
    pending = pending << 5 | digit;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push(pending >> bits);
      pending &= (1 << bits) - 1;
    }
  }
  return bits < 5 && pending === 0 ? Uint8Array.from(bytes) : undefined;
}
