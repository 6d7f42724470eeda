import { bytesToHex, type Random, u256FromLe, u256ToLe } from "../../base/mod.ts";
import { sha256d } from "../../chain/zcash/mod.ts";

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
  readonly #key: Uint8Array;

  /** @param length bytes of each prefix, 1 to 31. */
  constructor(length: number, random: Random) {
    this.#length = length;
    this.#halfBits = BigInt(4 * length);
    this.#halfMask = (1n << this.#halfBits) - 1n;
    this.#key = random.bytes(KEY_LENGTH);
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

  /** The place of a prefix of the right length. */
  placeOf(prefix: Uint8Array): bigint {
    const value = BigInt(`0x${bytesToHex(prefix)}`);
    let left = value >> this.#halfBits;
    let right = value & this.#halfMask;
    for (let round = ROUNDS - 1; round >= 0; round--) {
      [left, right] = [right ^ this.#mixed(left, round), left];
    }
    return (left << this.#halfBits) | right;
  }

  #mixed(half: bigint, round: number): bigint {
    return u256FromLe(sha256d(this.#key, Uint8Array.of(round), u256ToLe(half))) & this.#halfMask;
  }
}
