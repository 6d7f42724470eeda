import assert from "node:assert/strict";
import { changesTerms, type Epoch } from "../../../../src/money/ledger/mod.ts";

const first: Epoch = {
  fromMs: 1_000,
  scheme: "pps",
  feePpm: 10_000,
  pplnsWindow: 100_000,
  pplnsWindowUnit: "shares",
};

Deno.test("epoch: a new one is needed exactly when a term changes", () => {
  assert.equal(changesTerms(first, { ...first }), false);
  for (
    const change of [{ scheme: "solo" }, { feePpm: 1 }, { pplnsWindow: 5 }, {
      pplnsWindowUnit: "difficulty",
    }] as const
  ) {
    assert.equal(changesTerms(first, { ...first, ...change }), true);
  }
});
