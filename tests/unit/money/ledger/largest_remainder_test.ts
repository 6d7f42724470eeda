import assert from "node:assert/strict";
import fc from "fast-check";
import { splitByWeight, type Weighted } from "../../../../src/money/ledger/mod.ts";

const weights = (...values: bigint[]): Weighted[] =>
  values.map((weight, i) => ({ minerId: `m${i}`, weight }));
const amounts = (amount: bigint, shares: Weighted[]): bigint[] =>
  splitByWeight(amount, shares).map((part) => part.amount);

Deno.test("largest remainder: the worked values of the payouts reference, section 5.3", () => {
  assert.deepEqual(amounts(100n, weights(3n, 5n, 7n)), [20n, 33n, 47n]);
  assert.deepEqual(amounts(100n, weights(1n, 1n, 1n)), [34n, 33n, 33n]);
  assert.deepEqual(amounts(1n, weights(1n, 1n, 1n)), [1n, 0n, 0n]);
});

Deno.test("largest remainder: the extra unit goes to the smallest miner id, wherever it stands", () => {
  const shares = [{ minerId: "c", weight: 1n }, { minerId: "a", weight: 1n }, {
    minerId: "b",
    weight: 1n,
  }];
  assert.deepEqual(amounts(100n, shares), [33n, 34n, 33n]);
});

Deno.test("largest remainder: nothing to split, nobody to split for, no weight", () => {
  assert.deepEqual(splitByWeight(0n, []), []);
  assert.deepEqual(amounts(0n, weights(0n, 0n)), [0n, 0n]);
  assert.deepEqual(amounts(0n, weights(1n, 2n)), [0n, 0n]);
  assert.deepEqual(amounts(7n, weights(0n, 2n)), [0n, 7n]);
  assert.throws(() => splitByWeight(1n, []), RangeError);
  assert.throws(() => splitByWeight(1n, weights(0n)), RangeError);
});

Deno.test("largest remainder: negative figures and a miner twice are refused", () => {
  assert.throws(() => splitByWeight(-1n, weights(1n)), RangeError);
  assert.throws(() => splitByWeight(1n, weights(2n, -1n)), RangeError);
  const twice = [{ minerId: "a", weight: 1n }, { minerId: "a", weight: 1n }];
  assert.throws(() => splitByWeight(1n, twice), RangeError);
});

const someShares = fc.uniqueArray(
  fc.record({
    minerId: fc.string({ minLength: 1, maxLength: 8 }),
    weight: fc.oneof(fc.bigInt({ min: 0n, max: 5n }), fc.bigInt({ min: 0n, max: 1n << 90n })),
  }),
  { minLength: 1, maxLength: 30, selector: ({ minerId }) => minerId },
).filter((shares) => shares.some(({ weight }) => weight > 0n));
const someAmount = fc.oneof(
  fc.bigInt({ min: 0n, max: 40n }),
  fc.bigInt({ min: 0n, max: 1n << 70n }),
);

Deno.test("largest remainder: parts sum exactly, are within one of the quotient, grow with weight", () => {
  fc.assert(fc.property(someAmount, someShares, (amount, shares) => {
    const parts = amounts(amount, shares);
    assert.equal(parts.reduce((sum, part) => sum + part, 0n), amount);
    const total = shares.reduce((sum, { weight }) => sum + weight, 0n);
    shares.forEach(({ weight }, i) => {
      const quotient = amount * weight / total;
      const part = parts[i] ?? -1n;
      assert(part === quotient || part === quotient + 1n);
      if (weight === 0n) assert.equal(part, 0n);
      shares.forEach((other, j) => {
        if (weight > other.weight) assert(part >= (parts[j] ?? 0n));
      });
    });
  }));
});

Deno.test("largest remainder: does not depend on the order", () => {
  fc.assert(fc.property(
    someAmount,
    someShares.chain((shares) =>
      fc.tuple(
        fc.constant(shares),
        fc.shuffledSubarray(shares, { minLength: shares.length, maxLength: shares.length }),
      )
    ),
    (amount, [shares, shuffled]) => {
      const sorted = (list: Weighted[]): [string, bigint][] =>
        splitByWeight(amount, list).map((
          { minerId, amount },
        ): [string, bigint] => [minerId, amount])
          .sort(([a], [b]) => a < b ? -1 : 1);
      assert.deepEqual(sorted(shares), sorted(shuffled));
    },
  ));
});
