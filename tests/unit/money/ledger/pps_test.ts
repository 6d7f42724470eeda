import assert from "node:assert/strict";
import fc from "fast-check";
import { formatPicoZat, ppsCredit } from "../../../../src/money/ledger/mod.ts";

const DIFFICULTY_1 = 2n ** 243n - 1n;
const target = fc.bigInt({ min: 1n, max: 2n ** 256n - 1n });

Deno.test("pps: the worked value of the payouts reference, section 5.3", () => {
  // p = 1/2048: the network's target has eleven bits less than the share's.
  const credit = ppsCredit({
    shareTarget: DIFFICULTY_1,
    networkTarget: 2n ** 232n - 1n,
    subsidyZat: 41_666_668n,
    feePpm: 10_000,
  });
  assert.equal(formatPicoZat(credit), "20141.60220703125");
  assert.equal(formatPicoZat(16n * credit), "322265.6353125");
});

Deno.test("pps: a share that is as hard as a block, or harder, earns a whole block's worth", () => {
  const terms = { subsidyZat: 41_666_668n, feePpm: 10_000, networkTarget: 2n ** 232n };
  const whole = 41_250_001_320_000_000_000n;
  assert.equal(ppsCredit({ ...terms, shareTarget: 2n ** 232n }), whole);
  assert.equal(ppsCredit({ ...terms, shareTarget: 1n }), whole);
});

Deno.test("pps: a fee of 0 keeps nothing, a fee of 100 percent everything", () => {
  const terms = { shareTarget: 2n ** 232n, networkTarget: 2n ** 232n, subsidyZat: 5n };
  assert.equal(ppsCredit({ ...terms, feePpm: 0 }), 5_000_000_000_000n);
  assert.equal(ppsCredit({ ...terms, feePpm: 1_000_000 }), 0n);
});

Deno.test("pps: is the exact rational rounded down, by less than one unit", () => {
  fc.assert(fc.property(
    target,
    target,
    fc.bigInt({ min: 0n, max: 10n ** 10n }),
    fc.integer({ min: 0, max: 1_000_000 }),
    (a, b, subsidyZat, feePpm) => {
      const [networkTarget, shareTarget] = a < b ? [a, b] : [b, a];
      const credit = ppsCredit({ shareTarget, networkTarget, subsidyZat, feePpm });
      // Compared without division: credit <= exact < credit + 1, times the denominator.
      const denominator = 1_000_000n * (shareTarget + 1n);
      const exact = BigInt(1_000_000 - feePpm) * subsidyZat * 10n ** 12n * (networkTarget + 1n);
      assert(credit * denominator <= exact && exact < (credit + 1n) * denominator);
    },
  ));
});

Deno.test("pps: the sum over a million random shares is the exact rational within one zatoshi", () => {
  // The exact sum is kept over one common denominator: every share target + 1 is a power of two.
  let seed = 12_345;
  const networkTarget = 2n ** 230n + 987_654_321n;
  const subsidyZat = 41_666_668n;
  let sum = 0n;
  let exactNumerator = 0n;
  const credits = Array.from({ length: 14 }, (_, i) =>
    ppsCredit({
      shareTarget: 2n ** BigInt(231 + i) - 1n,
      networkTarget,
      subsidyZat,
      feePpm: 12_345,
    }));
  for (let n = 0; n < 1_000_000; n++) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    const i = (seed >>> 16) % credits.length;
    sum += credits[i] ?? 0n;
    exactNumerator += 1n << BigInt(13 - i);
  }
  const denominator = 1_000_000n * 2n ** 244n;
  const exact = exactNumerator * (networkTarget + 1n) * subsidyZat * 987_655n * 10n ** 12n;
  assert(sum * denominator <= exact, "never more than was earned");
  assert((sum + 10n ** 12n) * denominator > exact, "less than one zatoshi short");
});

Deno.test("pps: terms outside their ranges are refused", () => {
  const terms = { shareTarget: 4n, networkTarget: 2n, subsidyZat: 1n, feePpm: 0 };
  const rows = [
    { shareTarget: 0n },
    { shareTarget: 2n ** 256n },
    { networkTarget: 0n },
    { networkTarget: 2n ** 256n },
    { subsidyZat: -1n },
    { feePpm: -1 },
    { feePpm: 1_000_001 },
    { feePpm: 0.5 },
    { feePpm: NaN },
  ];
  for (const row of rows) {
    assert.throws(() => ppsCredit({ ...terms, ...row }), RangeError, Object.keys(row)[0]);
  }
});
