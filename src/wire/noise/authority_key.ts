/**
 * Authority keys as people write them.
 *
 * Public (SV2 spec §4.7): base58check of 34 bytes, the version 01 00 (U16 LE, 1) and the x-only key.
 * Secret: 64 hexadecimal digits, or base58check of the bare 32 bytes as other SV2 software writes
 * it.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { createBase58check } from "@scure/base";
import { bytesToHex, concatBytes, hexToBytes } from "../../base/mod.ts";
import { isXOnlyKey, X_ONLY_LENGTH } from "./elligator_swift.ts";
import { KeyTextError } from "./errors.ts";
import { type AuthorityKeyPair, authorityKeyPairOf, isSecretKey } from "./key_pair.ts";

const KEY_VERSION = Uint8Array.of(1, 0);

/** 38 bytes in base58 are at most 52 digits; the decoder's time grows with the square of them. */
const TEXT_LENGTH_MAX = 64;

const HEX_KEY = /^[0-9a-fA-F]{64}$/;

/**
 * Writes an authority's public key.
 *
 * @param publicKey 32 bytes, x-only.
 */
export function formatAuthorityKey(publicKey: Uint8Array): string {
  return createBase58check(sha256).encode(concatBytes(KEY_VERSION, publicKey));
}

/**
 * Reads an authority's public key.
 *
 * @returns 32 bytes, x-only.
 * @throws {KeyTextError} when the text is not of that form, or its bytes are no point of the curve.
 */
export function parseAuthorityKey(text: string): Uint8Array {
  const bytes = decodeBase58check(text, "an authority key");
  if (bytes.length !== KEY_VERSION.length + X_ONLY_LENGTH) {
    throw new KeyTextError(
      `Cannot read an authority key: 34 bytes expected, received ${bytes.length}`,
    );
  }
  if (bytes[0] !== KEY_VERSION[0] || bytes[1] !== KEY_VERSION[1]) {
    throw new KeyTextError(
      `Cannot read an authority key: version 1 expected, received bytes ` +
        bytesToHex(bytes.subarray(0, 2)),
    );
  }
  const publicKey = bytes.slice(KEY_VERSION.length);
  if (!isXOnlyKey(publicKey)) {
    throw new KeyTextError("Cannot read an authority key: it is no point of the curve");
  }
  return publicKey;
}

/**
 * Reads an authority's secret key in either form.
 *
 * @throws {KeyTextError} which never repeats what was given.
 */
export function parseAuthoritySecretKey(text: string): AuthorityKeyPair {
  const bytes = HEX_KEY.test(text)
    ? hexToBytes(text)
    : decodeBase58check(text, "a secret key (64 hexadecimal digits expected)");
  if (!isSecretKey(bytes)) {
    throw new KeyTextError("Cannot read a secret key: 32 bytes, a scalar of 1 to n-1, expected");
  }
  return authorityKeyPairOf(bytes);
}

function decodeBase58check(text: string, what: string): Uint8Array {
  if (text.length === 0 || text.length > TEXT_LENGTH_MAX) {
    throw new KeyTextError(
      `Cannot read ${what}: 1 to ${TEXT_LENGTH_MAX} characters expected, received ${text.length}`,
    );
  }
  try {
    return createBase58check(sha256).decode(text);
  } catch {
    // The library's error is not kept as cause: it repeats the text.
    throw new KeyTextError(
      `Cannot read ${what}: not base58check, or mistyped (the checksum does not fit)`,
    );
  }
}
