import assert from "node:assert/strict";
import fc from "fast-check";
import { verifySolution } from "../../src/mining/equihash/mod.ts";
import { equihashFault, packIndices, unpackIndices } from "../support/equihash_twin.ts";
import { realShares } from "../vectors/equihash/_data.ts";

const PARAMETERS = { n: 200, k: 9 } as const;

/** Changes that keep the length: each a function of indices. */
type Change = (indices: number[]) => void;

const place = fc.integer({ min: 0, max: 511 });

function swapSubtrees(size: number, at: number): Change {
  return (indices) => {
    const left = Math.floor(at / (2 * size)) * 2 * size;
    indices.splice(left + size, 0, ...indices.splice(left, size));
  };
}

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, place).map(([a, b]): Change => (indices) => {
    [indices[a], indices[b]] = [indices[b] as number, indices[a] as number];
  }),
  fc.tuple(place, place).map(([a, b]): Change => (indices) => indices[a] = indices[b] as number),
  fc.tuple(place, fc.integer({ min: 0, max: 20 })).map(([a, bit]): Change => (indices) =>
    indices[a] = (indices[a] as number) ^ (1 << bit)
  ),
  fc.tuple(fc.integer({ min: 0, max: 8 }), place).map(([level, at]) =>
    swapSubtrees(2 ** level, at)
  ),
  fc.constant<Change>((indices) => indices.reverse()),
);

Deno.test("verifier and twin agree on changed solutions", () => {
  const share = fc.integer({ min: 0, max: realShares.length - 1 });
  fc.assert(
    fc.property(share, fc.array(change, { maxLength: 3 }), (which, changes) => {
      const header = Uint8Array.from(realShares[which]?.share ?? []);
      const indices = unpackIndices(header.subarray(143), 21) ?? [];
      for (const each of changes) each(indices);
      header.set(packIndices(indices, 21), 143);
      const fault = equihashFault(PARAMETERS, header.subarray(0, 140), header.subarray(143));
      assert.equal(verifySolution(header), fault === undefined, fault);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a solution is one for its own header only", () => {
  const bit = fc.integer({ min: 0, max: 140 * 8 - 1 });
  const share = fc.integer({ min: 0, max: realShares.length - 1 });
  fc.assert(fc.property(share, bit, (which, flipped) => {
    const header = Uint8Array.from(realShares[which]?.share ?? []);
    header[flipped >> 3] = (header[flipped >> 3] as number) ^ (1 << (flipped & 7));
    assert.equal(verifySolution(header), false);
  }));
});

Deno.test("random bytes are never a solution and never a crash", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
    assert.equal(verifySolution(bytes), false);
  }));
  const whole = fc.uint8Array({ minLength: 1344, maxLength: 1344 });
  fc.assert(fc.property(whole, (solution) => {
    const header = Uint8Array.from(realShares[0]?.share ?? []);
    header.set(solution, 143);
    assert.equal(verifySolution(header), false);
  }));
});
