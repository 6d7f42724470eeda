import assert from "node:assert/strict";
import fc from "fast-check";
import {
  distribute,
  proportionalEquivalent,
  soloWeights,
  workOfBlocks,
} from "../../../../src/money/ledger/mod.ts";
import {
  pplnsDifficultyWeights,
  pplnsWeights,
  propWeights,
  type WorkShare,
} from "../../../support/reference_schemes.ts";

const share = (minerId: string, work: bigint): WorkShare => ({ minerId, work });

Deno.test("pplns: the worked value of the payouts reference, section 5.3", () => {
  const newestFirst = [share("A", 4n), share("B", 2n), share("A", 2n), share("B", 100n)];
  const weights = pplnsWeights(newestFirst, 3);
  assert.deepEqual(weights, [{ minerId: "A", weight: 6n }, { minerId: "B", weight: 2n }]);
  assert.deepEqual(distribute(800n, 0, weights), {
    valueZat: 800n,
    feeZat: 0n,
    parts: [{ minerId: "A", amountZat: 600n }, { minerId: "B", amountZat: 200n }],
  });
});

Deno.test("pplns: reads no further than its window, and divides by what exists when there is less", () => {
  function* endless(): Generator<WorkShare> {
    for (let n = 0;; n++) {
      assert(n < 5, "a sixth share was read");
      yield share("A", 1n);
    }
  }
  assert.deepEqual(pplnsWeights(endless(), 5), [{ minerId: "A", weight: 5n }]);
  assert.deepEqual(pplnsWeights([share("B", 3n)], 100_000), [{ minerId: "B", weight: 3n }]);
  assert.throws(() => pplnsWeights([], 0), RangeError);
});

Deno.test("pplns by difficulty: the oldest share is cut to fit, and nothing is read beyond it", () => {
  function* shares(): Generator<WorkShare> {
    yield* [share("A", 4n), share("B", 2n), share("A", 2n), share("B", 100n)];
    assert.fail("a fifth share was read");
  }
  const weights = (work: bigint) =>
    pplnsDifficultyWeights(shares(), work).map(({ minerId, weight }) => [minerId, weight]);
  assert.deepEqual(weights(3n), [["A", 3n]]);
  assert.deepEqual(weights(4n), [["A", 4n]]);
  assert.deepEqual(weights(10n), [["A", 6n], ["B", 4n]]);
  assert.deepEqual(weights(108n), [["A", 6n], ["B", 102n]]);
  const all = pplnsDifficultyWeights([share("B", 3n)], 100n);
  assert.deepEqual(all, [{ minerId: "B", weight: 3n }]);
  assert.throws(() => pplnsDifficultyWeights([], 0n), RangeError);
  // Difficulty 1: 8,192 solutions.
  assert.equal(workOfBlocks(8, 2n ** 243n - 1n), 65_536n << 32n);
});

Deno.test("prop: weighs the whole round; solo: pays the finder alone", () => {
  const round = [share("B", 1n), share("A", 2n), share("B", 5n)];
  assert.deepEqual(propWeights(round), [
    { minerId: "A", weight: 2n },
    { minerId: "B", weight: 6n },
  ]);
  // 41,667,069 zatoshis at 1 percent: the fee of 416,670.69 is rounded down.
  assert.deepEqual(distribute(41_667_069n, 10_000, soloWeights("A")), {
    valueZat: 41_667_069n,
    feeZat: 416_670n,
    parts: [{ minerId: "A", amountZat: 41_250_399n }],
  });
});

Deno.test("distribution: a reward that nobody worked for is the pool's", () => {
  assert.deepEqual(distribute(100n, 0, []), { valueZat: 100n, feeZat: 100n, parts: [] });
});

Deno.test("distribution: fee and parts sum to the reward, the fee is never more than its share", () => {
  const weights = fc.uniqueArray(
    fc.record({ minerId: fc.string({ minLength: 1 }), weight: fc.bigInt(0n, 1n << 70n) }),
    { selector: ({ minerId }) => minerId, minLength: 1 },
  ).filter((all) => all.some(({ weight }) => weight > 0n));
  fc.assert(fc.property(
    fc.bigInt(0n, 10n ** 10n),
    fc.integer({ min: 0, max: 1_000_000 }),
    weights,
    (valueZat, feePpm, weights) => {
      const { feeZat, parts } = distribute(valueZat, feePpm, weights);
      assert.equal(parts.reduce((sum, { amountZat }) => sum + amountZat, feeZat), valueZat);
      const exact = valueZat * BigInt(feePpm);
      assert(feeZat * 1_000_000n <= exact && exact < (feeZat + 1n) * 1_000_000n);
      for (const { amountZat } of parts) assert(amountZat > 0n);
    },
  ));
  assert.throws(() => distribute(1n, -1, []), RangeError);
  assert.throws(() => distribute(1n, 1_000_001, []), RangeError);
});

Deno.test("proportional equivalent: is the formula, exactly, and 0 where nobody worked", () => {
  const period = { minerWork: 3n, totalWork: 7n, rewardsZat: 100n, feePpm: 10_000 };
  // 3/7 of 99 zatoshis.
  assert.equal(proportionalEquivalent(period), 42_428_571_428_571n);
  assert.equal(proportionalEquivalent({ ...period, minerWork: 0n, totalWork: 0n }), 0n);
});
