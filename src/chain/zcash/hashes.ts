import { createHash } from "node:crypto";
import { blake2b } from "@noble/hashes/blake2.js";

/** SHA-256 of SHA-256: block hashes, legacy transaction ids, nodes of the merkle tree. */
export function sha256d(...parts: readonly Uint8Array[]): Uint8Array {
  const first = createHash("sha256");
  for (const part of parts) first.update(part);
  const second = createHash("sha256").update(first.digest()).digest();
  return new Uint8Array(second.buffer, second.byteOffset, second.byteLength);
}

/**
 * BLAKE2b with 32 bytes of output and a personalization, over all parts in order: the one hash of
 * ZIP 244 and of the block commitments.
 *
 * @param personal 16 bytes, or 16 ASCII characters.
 */
export function blake2b256(
  personal: string | Uint8Array,
  parts: readonly Uint8Array[],
): Uint8Array {
  const hash = blake2b.create({ dkLen: 32, personalization: personalization(personal) });
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function personalization(personal: string | Uint8Array): Uint8Array {
  if (typeof personal !== "string") return personal;
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = personal.charCodeAt(i);
  return bytes;
}
