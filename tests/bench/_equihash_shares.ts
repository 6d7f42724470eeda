import { readFileSync } from "node:fs";
import { hexToBytes } from "../../src/base/mod.ts";
import { packIndices, unpackIndices } from "../support/equihash_twin.ts";

const SOLUTION_AT = 143;

function read(name: string): Uint8Array[] {
  const url = new URL(`../vectors/data/equihash/${name}.json`, import.meta.url);
  const file = JSON.parse(readFileSync(url, "utf8")) as { headers: { header: string }[] };
  return file.headers.map(({ header }) => hexToBytes(header));
}

/** Right shares with 40 different headers. */
export const rightShares = read("headers");

function withIndices(share: Uint8Array, change: (indices: number[]) => void): Uint8Array {
  const indices = unpackIndices(share.subarray(SOLUTION_AT), 21) ?? [];
  change(indices);
  const changed = Uint8Array.from(share);
  changed.set(packIndices(indices, 21), SOLUTION_AT);
  return changed;
}

const right = rightShares[0] as Uint8Array;
const [one, other] = read("siblings") as [Uint8Array, Uint8Array];

/** What a look at the solution or its first two leaves shows to be wrong. */
export const earlyWrong: Readonly<Record<string, Uint8Array>> = {
  "wrong length": right.subarray(0, right.length - 1),
  "repeated index": withIndices(right, (indices) => indices[511] = indices[509] as number),
  "wrong order": withIndices(right, (indices) => {
    [indices[510], indices[511]] = [indices[511] as number, indices[510] as number];
  }),
  "first collision wrong": withIndices(right, (indices) => indices[1] = indices[1] as number ^ 2),
};

/** What only shows at the end of the leaves, or of the tree. */
export const lateWrong: Readonly<Record<string, Uint8Array>> = {
  "last leaf wrong": withIndices(right, (indices) => indices[511] = indices[511] as number ^ 2),
  // The left halves of two solutions of one header: right up to the root.
  "root wrong": withIndices(one, (indices) => {
    const half = (unpackIndices(other.subarray(SOLUTION_AT), 21) ?? []).slice(0, 256);
    const ours = indices.slice(0, 256);
    const inOrder = (ours[0] as number) < (half[0] as number);
    indices.splice(0, 512, ...(inOrder ? [...ours, ...half] : [...half, ...ours]));
  }),
};
