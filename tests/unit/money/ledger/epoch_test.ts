import assert from "node:assert/strict";
import { changesTerms, type Epoch, epochAt } from "../../../../src/money/ledger/mod.ts";

const first: Epoch = {
  fromMs: 1_000,
  scheme: "pps",
  feePpm: 10_000,
  pplnsWindow: 100_000,
  pplnsWindowUnit: "shares",
};
const second: Epoch = { ...first, fromMs: 2_000, scheme: "pplns", feePpm: 5_000 };

Deno.test("epoch: a moment belongs to the last epoch that has begun, its beginning included", () => {
  const epochs = [first, second];
  assert.equal(epochAt(epochs, 1_000), first);
  assert.equal(epochAt(epochs, 1_999), first);
  assert.equal(epochAt(epochs, 2_000), second);
  assert.equal(epochAt(epochs, 9_999), second);
});

Deno.test("epoch: before the first one there are no terms", () => {
  assert.throws(() => epochAt([first], 999), RangeError);
  assert.throws(() => epochAt([], 0), RangeError);
});

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
