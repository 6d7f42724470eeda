import assert from "node:assert/strict";
import { concatBytes, hexToBytes } from "../../../../src/base/mod.ts";
import { checkEquihash, SOLUTION_LENGTH } from "../../../../src/demo/demo_node/_equihash.ts";
import { readData } from "./_recorded.ts";

interface Vectors {
  readonly valid: readonly { input: string; nonce: string; solutions: string[] }[];
  readonly invalid: readonly {
    input: string;
    nonce: string;
    solution: string;
    mutation: string;
    source: string;
  }[];
}

interface RealBlock {
  readonly network: string;
  readonly height: number;
  readonly equihash: readonly number[];
  readonly hex: string;
}

const vectors = readData<Vectors>("demo_node/equihash_200_9");

Deno.test("published solutions are solutions", () => {
  for (const { input, nonce, solutions } of vectors.valid) {
    for (const solution of solutions) {
      const whole = concatBytes(hexToBytes(input), hexToBytes(nonce));
      assert(checkEquihash(whole, hexToBytes(solution)), `nonce ${nonce}`);
    }
  }
});

Deno.test("solutions that were spoiled in some way are none", () => {
  for (const { input, nonce, solution, mutation, source } of vectors.invalid) {
    const whole = concatBytes(hexToBytes(input), hexToBytes(nonce));
    assert.equal(checkEquihash(whole, hexToBytes(solution)), false, `${mutation}, ${source}`);
  }
});

Deno.test("the headers of real blocks carry solutions", () => {
  const { blocks } = readData<{ blocks: RealBlock[] }>("zcash/blocks");
  const checked = blocks.filter(({ equihash }) => equihash[0] === 200);
  assert(checked.length >= 40);
  for (const { network, height, hex } of checked) {
    const header = hexToBytes(hex.slice(0, 2 * 1487));
    const solved = checkEquihash(header.subarray(0, 140), header.subarray(143));
    assert(solved, `${network} ${height}`);
  }
});

Deno.test("solutions of another length are none", () => {
  const input = new Uint8Array(140);
  for (const length of [0, 36, SOLUTION_LENGTH - 1, SOLUTION_LENGTH + 1]) {
    assert.equal(checkEquihash(input, new Uint8Array(length)), false, `${length} bytes`);
  }
});
