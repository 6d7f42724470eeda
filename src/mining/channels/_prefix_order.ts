import { sha256 } from "@noble/hashes/sha2.js";
import type { Random } from "../../base/mod.ts";

/** As many as NIST's FF1 has, the format-preserving cipher for spaces as small as these. */
const ROUNDS = 10;

const KEY_LENGTH = 32;

/**
 * The order in which nonce prefixes are given out: every prefix has one place, and nobody can tell the
 * next from those before it. All channels work on the same headers otherwise, so a prefix that was
 * known beforehand could be searched beforehand, and its channel opened with the target that pays most
 * for what was found. A Feistel network over the two halves of a prefix.
 */
export class PrefixOrder {
  readonly #length: number;
  readonly #halfBits: bigint;
  readonly #halfMask: bigint;
  /** The key, and room for the number of a round and for half of a prefix. */
  readonly #block: Uint8Array;

  /** @param length bytes of each prefix, 1 to 31. */
  constructor(length: number, random: Random) {
    this.#length = length;
    this.#halfBits = BigInt(4 * length);
    this.#halfMask = (1n << this.#halfBits) - 1n;
    this.#block = new Uint8Array(KEY_LENGTH + 1 + Math.ceil(length / 2));
    this.#block.set(random.bytes(KEY_LENGTH).subarray(0, KEY_LENGTH));
  }

  /** @param place from 0, below 256^length. */
  prefixAt(place: bigint): Uint8Array {
    let left = place >> this.#halfBits;
    let right = place & this.#halfMask;
    for (let round = 0; round < ROUNDS; round++) {
      [left, right] = [right, left ^ this.#mixed(right, round)];
    }
    const bytes = new Uint8Array(this.#length);
    let rest = (left << this.#halfBits) | right;
    for (let at = this.#length - 1; at >= 0; at--, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
    return bytes;
  }

  /** What a round adds: the first bytes of SHA-256 of key, round and half. */
  #mixed(half: bigint, round: number): bigint {
    const block = this.#block;
    block[KEY_LENGTH] = round;
    for (let at = KEY_LENGTH + 1, rest = half; at < block.length; at++, rest >>= 8n) {
      block[at] = Number(rest & 0xffn);
    }
    const view = new DataView(sha256(block).buffer);
    const low = view.getBigUint64(0, true);
    const wide = this.#halfBits > 64n ? low | (view.getBigUint64(8, true) << 64n) : low;
    return wide & this.#halfMask;
  }
}
