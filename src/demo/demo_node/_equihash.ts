/**
 * Equihash (200,9), read straight from the protocol (§7.7.1): readable first, some milliseconds a
 * solution. It shares nothing with the pool's verifier, so that no mistake passes both.
 *
 * @module
 */
import { blake2b } from "@noble/hashes/blake2.js";
import { concatBytes } from "../../base/mod.ts";
import { u32Le } from "./_wire.ts";

const N = 200;
const K = 9;
/** Bits that must vanish at each level. */
const COLLISION_BITS = N / (K + 1);
const INDEX_BITS = COLLISION_BITS + 1;
const INDEX_COUNT = 1 << K;
/** One hash call yields this many leaves of 25 bytes. */
const LEAVES_PER_HASH = Math.floor(512 / N);
const LEAF_BYTES = N / 8;
const PERSONALIZATION = concatBytes(new TextEncoder().encode("ZcashPoW"), u32Le(N), u32Le(K));

/** Bytes of a solution: 512 indices of 21 bits. */
export const SOLUTION_LENGTH = INDEX_COUNT * INDEX_BITS / 8;

/** A subtree: the indices under it from left to right, and the sum of their leaves. */
interface Subtree {
  readonly indices: readonly number[];
  readonly sum: bigint;
}

/**
 * Whether a solution belongs to an input.
 *
 * @param input the header's first 108 bytes and its 32-byte nonce.
 * @param solution 1,344 bytes; any other length is wrong.
 */
export function checkEquihash(input: Uint8Array, solution: Uint8Array): boolean {
  if (solution.length !== SOLUTION_LENGTH) return false;
  const indices = unpackIndices(solution);
  if (new Set(indices).size !== INDEX_COUNT) return false;
  let level: Subtree[] = indices.map((index) => ({ indices: [index], sum: leaf(input, index) }));
  for (let depth = 1; depth <= K; depth++) {
    const joined: Subtree[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const node = join(level[i] as Subtree, level[i + 1] as Subtree, depth);
      if (node === undefined) return false;
      joined.push(node);
    }
    level = joined;
  }
  return level[0]?.sum === 0n;
}

/** Two neighbours: smaller first index to the left, and the first `depth` groups of bits cancel. */
function join(left: Subtree, right: Subtree, depth: number): Subtree | undefined {
  if ((left.indices[0] as number) >= (right.indices[0] as number)) return undefined;
  const sum = left.sum ^ right.sum;
  if (sum >> BigInt(N - depth * COLLISION_BITS) !== 0n) return undefined;
  return { indices: [...left.indices, ...right.indices], sum };
}

/** Leaf `index` as a 200-bit number, most significant byte first. */
function leaf(input: Uint8Array, index: number): bigint {
  const call = Math.floor(index / LEAVES_PER_HASH);
  const hash = blake2b(concatBytes(input, u32Le(call)), {
    dkLen: LEAVES_PER_HASH * LEAF_BYTES,
    personalization: PERSONALIZATION,
  });
  const start = (index % LEAVES_PER_HASH) * LEAF_BYTES;
  let value = 0n;
  for (let i = 0; i < LEAF_BYTES; i++) value = value << 8n | BigInt(hash[start + i] as number);
  return value;
}

/** Indices are packed as 21-bit numbers, most significant bit first. */
function unpackIndices(solution: Uint8Array): number[] {
  const indices: number[] = [];
  let pending = 0;
  let pendingBits = 0;
  for (const byte of solution) {
    pending = pending << 8 | byte;
    pendingBits += 8;
    if (pendingBits >= INDEX_BITS) {
      pendingBits -= INDEX_BITS;
      indices.push(pending >>> pendingBits);
      pending &= (1 << pendingBits) - 1;
    }
  }
  return indices;
}
