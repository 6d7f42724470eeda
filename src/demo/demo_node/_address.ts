/**
 * Transparent addresses: two version bytes and a 20-byte hash in Base58Check (Zcash protocol
 * §5.6.1).
 *
 * @module
 */
import { concatBytes, equalBytes, hexToBytes } from "../../base/mod.ts";
import { sha256Twice } from "./_hashes.ts";

/** What an address pays to. */
export interface TransparentAddress {
  readonly kind: "p2pkh" | "p2sh";
  readonly network: "main" | "test";
  readonly hash: Uint8Array;
}

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
// Version, hash and checksum.
const DECODED_LENGTH = 26;
// 26 bytes never need more characters than this; longer text is not worth the arithmetic.
const TEXT_LENGTH_MAX = 36;

const VERSIONS: readonly (Omit<TransparentAddress, "hash"> & { readonly version: number })[] = [
  { version: 0x1cb8, kind: "p2pkh", network: "main" },
  { version: 0x1cbd, kind: "p2sh", network: "main" },
  { version: 0x1d25, kind: "p2pkh", network: "test" },
  { version: 0x1cba, kind: "p2sh", network: "test" },
];

/** Reads a transparent address of either network; undefined for any other text. */
export function readTransparentAddress(text: string): TransparentAddress | undefined {
  const bytes = decodeBase58(text);
  if (bytes === undefined) return undefined;
  const payload = bytes.subarray(0, DECODED_LENGTH - 4);
  const checksum = bytes.subarray(DECODED_LENGTH - 4);
  if (!equalBytes(sha256Twice(payload).subarray(0, 4), checksum)) return undefined;
  const version = (payload[0] as number) << 8 | (payload[1] as number);
  const known = VERSIONS.find((entry) => entry.version === version);
  return known && { kind: known.kind, network: known.network, hash: payload.slice(2) };
}

/** The script that pays an address. */
export function scriptOf(address: TransparentAddress): Uint8Array {
  return address.kind === "p2pkh"
    ? concatBytes(hexToBytes("76a914"), address.hash, hexToBytes("88ac"))
    : concatBytes(hexToBytes("a914"), address.hash, hexToBytes("87"));
}

/** The 26 bytes behind Base58 text; none of our versions begins with a zero byte. */
function decodeBase58(text: string): Uint8Array | undefined {
  if (text.length === 0 || text.length > TEXT_LENGTH_MAX) return undefined;
  let value = 0n;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    value = value * 58n + BigInt(digit);
  }
  const hex = value.toString(16);
  return hex.length === DECODED_LENGTH * 2 ? hexToBytes(hex) : undefined;
}
