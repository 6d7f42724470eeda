/**
 * Bytes and 256-bit numbers: the few conversions that every room needs.
 *
 * A hash is kept as 32 bytes in internal order (the order in which it is hashed and serialized);
 * the reversed hexadecimal form exists only where people read it ({@link displayHash}).
 *
 * @module
 */
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";

export { bytesToHex, concatBytes, hexToBytes };

/** True when both arrays have the same length and content. Not constant-time: never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A new array with the bytes in reverse order. */
export function reversed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes).reverse();
}

/** The form of a 32-byte hash that people and RPC use: reversed, lower-case hexadecimal. */
export function displayHash(internal: Uint8Array): string {
  return bytesToHex(reversed(internal));
}

/**
 * The inverse of {@link displayHash}.
 *
 * @throws {RangeError} when the text is not 64 hexadecimal digits.
 */
export function hashFromDisplay(text: string): Uint8Array {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new RangeError(
      `Cannot read a hash: 64 hexadecimal digits expected, received ${text.length} characters`,
    );
  }
  return hexToBytes(text).reverse();
}

/** Reads a 32-byte little-endian number, the form in which hashes are compared with targets. */
export function u256FromLe(bytes: Uint8Array): bigint {
  if (bytes.length !== 32) {
    throw new RangeError(
      `Cannot read a 256-bit number: 32 bytes expected, received ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, 32);
  return view.getBigUint64(0, true) | (view.getBigUint64(8, true) << 64n) |
    (view.getBigUint64(16, true) << 128n) | (view.getBigUint64(24, true) << 192n);
}

/** Writes a number of 0 to 2^256-1 as 32 bytes, little-endian. */
export function u256ToLe(value: bigint): Uint8Array {
  if (value < 0n || value >> 256n !== 0n) {
    throw new RangeError("Cannot write a 256-bit number: the value is outside 0 to 2^256-1");
  }
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) view.setBigUint64(i * 8, (value >> BigInt(64 * i)) & MASK_64, true);
  return bytes;
}

const MASK_64 = 0xffff_ffff_ffff_ffffn;

/**
 * Compares two 32-byte little-endian numbers without making bigints.
 *
 * @returns a negative number, 0 or a positive number, as sort expects.
 */
export function compareLe256(a: Uint8Array, b: Uint8Array): number {
  for (let i = 31; i >= 0; i--) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
