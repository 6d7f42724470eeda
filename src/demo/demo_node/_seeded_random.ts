/**
 * Random bytes that follow from a seed, so that a chain can be made again.
 *
 * @module
 */
import { blake2b } from "@noble/hashes/blake2.js";
import type { Random } from "../../base/mod.ts";

/** BLAKE2b over seed and counter; good for variety, never for secrets. */
export class SeededRandom implements Random {
  readonly #seed: string;
  #counter = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  bytes(length: number): Uint8Array {
    const result = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 64) {
      const block = blake2b(new TextEncoder().encode(`${this.#seed}/${this.#counter++}`));
      result.set(block.subarray(0, Math.min(64, length - offset)), offset);
    }
    return result;
  }

  /** A whole number from 0 to `end` - 1; its slight unevenness does not matter here. */
  below(end: number): number {
    const bytes = this.bytes(4);
    return new DataView(bytes.buffer).getUint32(0, true) % end;
  }
}
