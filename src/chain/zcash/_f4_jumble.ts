/**
 * F4Jumble (ZIP 316): an unkeyed permutation of 48 or more bytes by a four-round Feistel network,
 * so that a Unified Address of which any part is changed decodes to nothing meaningful.
 *
 * @module
 */
import { blake2b } from "@noble/hashes/blake2.js";

/** The least length that the permutation is defined for. */
export const F4_JUMBLE_LENGTH_MIN = 48;

/** Output of BLAKE2b-512, and the greatest length of the left half. */
const HASH_LENGTH = 64;

/**
 * Undoes the permutation.
 *
 * @throws {RangeError} when there are fewer than 48 bytes.
 */
export function f4JumbleInverse(message: Uint8Array): Uint8Array {
  const [left, right] = halves(message);
  mixLeft(left, right, 1);
  mixRight(right, left, 1);
  mixLeft(left, right, 0);
  mixRight(right, left, 0);
  return join(left, right);
}

function halves(message: Uint8Array): [left: Uint8Array, right: Uint8Array] {
  if (message.length < F4_JUMBLE_LENGTH_MIN) {
    throw new RangeError(
      `Cannot jumble: at least ${F4_JUMBLE_LENGTH_MIN} bytes expected, received ${message.length}`,
    );
  }
  const cut = Math.min(HASH_LENGTH, Math.floor(message.length / 2));
  return [message.slice(0, cut), message.slice(cut)];
}

/** The function H of ZIP 316: as long as the left half, which it is added to. */
function mixLeft(left: Uint8Array, right: Uint8Array, round: number): void {
  const personalization = personal("UA_F4Jumble_H", round, 0);
  addTo(left, blake2b(right, { dkLen: left.length, personalization }), 0);
}

/** The function G of ZIP 316: as many hashes in a row as the right half needs. */
function mixRight(right: Uint8Array, left: Uint8Array, round: number): void {
  for (let i = 0; i * HASH_LENGTH < right.length; i++) {
    const personalization = personal("UA_F4Jumble_G", round, i);
    addTo(right, blake2b(left, { dkLen: HASH_LENGTH, personalization }), i * HASH_LENGTH);
  }
}

function personal(name: string, round: number, counter: number): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(new TextEncoder().encode(name));
  bytes.set([round, counter & 0xff, counter >>> 8], name.length);
  return bytes;
}

function addTo(bytes: Uint8Array, mask: Uint8Array, start: number): void {
  const length = Math.min(mask.length, bytes.length - start);
  for (let i = 0; i < length; i++) {
    bytes[start + i] = (bytes[start + i] as number) ^ (mask[i] as number);
  }
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}
