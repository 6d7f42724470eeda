/** The short form of `deno task test:fuzz`: kept inputs of its long runs, and some new ones. */
import assert from "node:assert/strict";
import { readCorpus } from "../fuzz/corpus.ts";
import { fuzz } from "../fuzz/fuzzer.ts";
import type { FuzzTarget } from "../fuzz/fuzz_target.ts";
import { TARGETS } from "../fuzz/targets.ts";

const INPUTS = 300;

for (const target of TARGETS) {
  Deno.test(`whatever comes, ${target.name} gives a value or a declared fault`, async () => {
    const corpus = readCorpus(target.name);
    const result = await fuzz(target, { inputs: INPUTS, seed: 1, coverage: undefined, corpus });
    if (result.finding !== undefined) {
      const { input, error } = result.finding;
      throw new Error(`at ${new Uint8Array(input).toBase64()}`, { cause: error });
    }
    assert.ok(result.inputs >= INPUTS);
  });
}

Deno.test("a fault is found, and the input that shows it is cut down to what shows it", async () => {
  const target: FuzzTarget = {
    name: "planted",
    lengthMax: 40,
    seeds: () => [new TextEncoder().encode("a long input with nothing wrong")],
    read(input) {
      if (input.includes(0xff)) throw new TypeError("planted");
    },
  };
  const result = await fuzz(target, { inputs: 10_000, seed: 1, coverage: undefined, corpus: [] });
  assert.deepEqual(result.finding?.input, Uint8Array.of(0xff));
});
