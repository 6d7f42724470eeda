import assert from "node:assert/strict";
import { EQUIHASH_INPUT_LENGTH, hexToBytes } from "../../../src/base/mod.ts";
import { verifySolution } from "../../../src/mining/equihash/mod.ts";
import { equihashFault, packIndices, unpackIndices } from "../../support/equihash_twin.ts";
import { inputOf, realShare, realShares, shareOf, vectors } from "./_data.ts";

const FAULTS: Readonly<Record<string, string>> = {
  Collision: "collision",
  OutOfOrder: "order",
  DuplicateIdxs: "duplicate",
  NonZeroRootHash: "root",
};

Deno.test("the verifier accepts every real block's solution", () => {
  assert.equal(realShares.length, 40);
  for (const { name, share } of realShares) assert.ok(verifySolution(share), name);
});

Deno.test("the twin accepts real blocks' solutions of both networks", () => {
  for (const { name, share } of [...realShares.slice(0, 2), ...realShares.slice(-2)]) {
    const fault = equihashFault(
      { n: 200, k: 9 },
      share.subarray(0, EQUIHASH_INPUT_LENGTH),
      share.subarray(EQUIHASH_INPUT_LENGTH + 3),
    );
    assert.equal(fault, undefined, name);
  }
});

Deno.test("verifier and twin accept the published valid solutions", () => {
  let count = 0;
  for (const vector of vectors.valid) {
    for (const { minimal, indices } of vector.solutions) {
      const row = `(${vector.n},${vector.k}) solution ${count++}`;
      const solution = hexToBytes(minimal);
      assert.deepEqual(unpackIndices(solution, vector.n / (vector.k + 1) + 1), indices, row);
      assert.equal(equihashFault(vector, inputOf(vector), solution), undefined, row);
      // The verifier takes only what has the shape of a Zcash header.
      const share = shareOf(inputOf(vector), solution);
      if (share.length === 1487) assert.ok(verifySolution(share), row);
      else assert.equal(verifySolution(share), false, row);
    }
  }
  assert.ok(count >= 21);
});

Deno.test("the twin names the published fault of each published invalid solution", () => {
  for (const [row, vector] of vectors.invalid.entries()) {
    const fault = equihashFault(vector, inputOf(vector), hexToBytes(vector.minimal));
    assert.equal(fault, FAULTS[vector.error], `row ${row}`);
  }
});

Deno.test("verifier and twin refuse what was derived from real headers", () => {
  const derived = vectors.derived_invalid.filter(({ n }) => n === 200);
  assert.equal(derived.length, 18);
  for (const vector of derived) {
    const share = shareOf(inputOf(vector), hexToBytes(vector.minimal));
    assert.equal(verifySolution(share), false, vector.mutation);
  }
  for (const vector of vectors.derived_invalid) {
    const fault = equihashFault(vector, inputOf(vector), hexToBytes(vector.minimal));
    assert.notEqual(fault, undefined, vector.mutation);
  }
});

Deno.test("every bit of the published solution matters to the twin", () => {
  for (const vector of vectors.all_bits_matter) {
    const solution = hexToBytes(vector.minimal);
    assert.equal(equihashFault(vector, inputOf(vector), solution), undefined);
    for (let bit = 0; bit < solution.length * 8; bit++) {
      const flipped = Uint8Array.from(solution);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.notEqual(equihashFault(vector, inputOf(vector), flipped), undefined, `bit ${bit}`);
    }
  }
});

Deno.test("every bit of a real share matters to the verifier", () => {
  const share = Uint8Array.from(realShare());
  for (let bit = 0; bit < share.length * 8; bit++) {
    share[bit >> 3] = (share[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.equal(verifySolution(share), false, `bit ${bit}`);
    share[bit >> 3] = (share[bit >> 3] as number) ^ (1 << (bit & 7));
  }
  assert.ok(verifySolution(share));
});

Deno.test("a share of any other length is refused", () => {
  const share = realShare();
  for (const length of [0, 1, 140, 143, 1486]) {
    assert.equal(verifySolution(share.subarray(0, length)), false, `${length} bytes`);
  }
  for (const more of [1, 1487]) {
    const longer = new Uint8Array(share.length + more);
    longer.set(share);
    assert.equal(verifySolution(longer), false, `${longer.length} bytes`);
  }
});

Deno.test("indices are packed as the published encodings show", () => {
  for (const { bits, indices, minimal } of vectors.minimal_encoding) {
    assert.deepEqual(packIndices(indices, bits), hexToBytes(minimal));
    assert.deepEqual(unpackIndices(hexToBytes(minimal), bits), indices);
  }
});
