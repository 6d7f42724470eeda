/**
 * The two hash functions of Zcash blocks, in the demo node's own reading of the protocol.
 *
 * @module
 */
import { blake2b } from "@noble/hashes/blake2.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "../../base/mod.ts";

/** SHA-256 applied twice: block hashes and merkle nodes. 32 bytes, internal order. */
export function sha256Twice(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes));
}

/**
 * BLAKE2b-256 under a 16-byte personalization (ZIP 244's building block).
 *
 * @param personalization 16 ASCII characters, or 12 and a 4-byte `suffix` (a branch id).
 */
export function taggedHash(
  personalization: string,
  message: Uint8Array,
  suffix: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const tag = concatBytes(new TextEncoder().encode(personalization), suffix);
  return blake2b(message, { dkLen: 32, personalization: tag });
}
