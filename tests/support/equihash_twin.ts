import { blake2b } from "@noble/hashes/blake2.js";

/** Parameters of Equihash: `n` bits of hash, `2^k` indices. */
export interface EquihashParameters {
  readonly n: number;
  readonly k: number;
}

/** Why a solution is refused; the first rule that is seen broken. */
export type EquihashFault = "length" | "collision" | "order" | "duplicate" | "root";

interface Node {
  /** The XOR of the leaves below, as a number of n bits, first byte most significant. */
  readonly hash: bigint;
  readonly indices: readonly number[];
}

/**
 * The rules of Zcash protocol §7.6.1 written down as they are read, slowly: the product's verifier
 * is compared with this one.
 *
 * @param input what is hashed before the index: header up to and with the nonce.
 * @returns the fault, or undefined when the solution is valid.
 */
export function equihashFault(
  { n, k }: EquihashParameters,
  input: Uint8Array,
  solution: Uint8Array,
): EquihashFault | undefined {
  const collisionBits = n / (k + 1);
  const indices = unpackIndices(solution, collisionBits + 1);
  if (indices === undefined || indices.length !== 2 ** k) return "length";
  let nodes: Node[] = indices.map((index) => ({
    hash: leafHash({ n, k }, input, index),
    indices: [index],
  }));
  for (let level = 1; level <= k; level++) {
    const parents: Node[] = [];
    for (let i = 0; i < nodes.length; i += 2) {
      const parent = join(
        nodes[i] as Node,
        nodes[i + 1] as Node,
        BigInt(n - level * collisionBits),
      );
      if (typeof parent === "string") return parent;
      parents.push(parent);
    }
    nodes = parents;
  }
  return nodes[0]?.hash === 0n ? undefined : "root";
}

/** Joins two neighbours; all but the last `freeBits` bits of their XOR must be zero. */
function join(left: Node, right: Node, freeBits: bigint): Node | EquihashFault {
  const hash = left.hash ^ right.hash;
  if (hash >> freeBits !== 0n) return "collision";
  // Equal first indices are the next rule's matter: they occur on both sides.
  if ((left.indices[0] as number) > (right.indices[0] as number)) return "order";
  const indices = [...left.indices, ...right.indices];
  if (new Set(indices).size !== indices.length) return "duplicate";
  return { hash, indices };
}

/** Indices of `width` bits each, most significant bit first; undefined when bits are left over. */
export function unpackIndices(packed: Uint8Array, width: number): number[] | undefined {
  const bits = [...packed].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  if (bits.length % width !== 0) return undefined;
  return (bits.match(new RegExp(`.{${width}}`, "g")) ?? []).map((digits) => parseInt(digits, 2));
}

/** The inverse of {@link unpackIndices}. */
export function packIndices(indices: readonly number[], width: number): Uint8Array {
  const bits = indices.map((index) => index.toString(2).padStart(width, "0")).join("");
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (digits) => parseInt(digits, 2));
}

/** The hash of leaf `index`: one of the equal parts that a BLAKE2b output is cut into. */
function leafHash({ n, k }: EquihashParameters, input: Uint8Array, index: number): bigint {
  const leavesPerHash = Math.floor(512 / n);
  const leafLength = n / 8;
  const personalization = new Uint8Array(16);
  new TextEncoder().encodeInto("ZcashPoW", personalization);
  const view = new DataView(personalization.buffer);
  view.setUint32(8, n, true);
  view.setUint32(12, k, true);
  const message = new Uint8Array(input.length + 4);
  message.set(input);
  const block = Math.floor(index / leavesPerHash);
  new DataView(message.buffer).setUint32(input.length, block, true);
  const output = blake2b(message, {
    dkLen: leavesPerHash * leafLength,
    personalization,
  });
  const start = (index % leavesPerHash) * leafLength;
  return output.subarray(start, start + leafLength)
    .reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
