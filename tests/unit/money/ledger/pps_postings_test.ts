import assert from "node:assert/strict";
import fc from "fast-check";
import { ppsCredit, proportionalEquivalent } from "../../../../src/money/ledger/mod.ts";
import { Journal, ppsHourPosted } from "../../../support/reference_journal.ts";

const hour = { minerId: "A", hour: 500_000, carryPicoZat: 0n, atMs: 1 };

Deno.test("pps hour: sixteen shares of section 5.3 post 322,265 zatoshis and carry 0.6353125", () => {
  const creditPicoZat = 16n * 20_141_602_207_031_250n;
  const { entry, carryPicoZat } = ppsHourPosted({ ...hour, creditPicoZat });
  assert.equal(carryPicoZat, 635_312_500_000n);
  assert.equal(entry?.id, "pps:500000");
  assert.deepEqual(entry.lines, [
    { account: "pool-variance", amountZat: -322_265n },
    { account: "miner:A:available", amountZat: 322_265n },
  ]);
});

Deno.test("pps hour: less than a zatoshi posts nothing and is carried on", () => {
  const { entry, carryPicoZat } = ppsHourPosted({ ...hour, creditPicoZat: 999_999_999_999n });
  assert.equal(entry, undefined);
  const next = ppsHourPosted({ ...hour, hour: 500_001, creditPicoZat: 1n, carryPicoZat });
  assert.equal(next.entry?.lines[1]?.amountZat, 1n);
  assert.equal(next.carryPicoZat, 0n);
});

Deno.test("pps hour: over any hours nothing is rounded", () => {
  fc.assert(fc.property(fc.array(fc.bigInt(0n, 10n ** 16n)), (credits) => {
    const journal = new Journal();
    let carryPicoZat = 0n;
    credits.forEach((creditPicoZat, index) => {
      const posted = ppsHourPosted({ ...hour, hour: index, creditPicoZat, carryPicoZat });
      if (posted.entry !== undefined) journal.post(posted.entry);
      carryPicoZat = posted.carryPicoZat;
    });
    const sum = credits.reduce((total, credit) => total + credit, 0n);
    const posted = journal.balances.of("miner:A:available");
    assert.equal(posted * 10n ** 12n + carryPicoZat, sum);
    assert.equal(journal.balances.of("pool-variance"), -posted);
  }));
});

Deno.test("pps hour: a carry or credit out of range is refused", () => {
  for (const row of [{ creditPicoZat: -1n }, { carryPicoZat: -1n }, { carryPicoZat: 10n ** 12n }]) {
    assert.throws(() => ppsHourPosted({ ...hour, creditPicoZat: 0n, ...row }), RangeError);
  }
});

Deno.test("pps: agrees with the proportional formula when the pool is exactly as lucky as expected", () => {
  // 2,048 shares of 1/2048 block each, over three miners, and one block found (section 6).
  const terms = {
    shareTarget: 2n ** 243n - 1n,
    networkTarget: 2n ** 232n - 1n,
    subsidyZat: 41_666_668n,
    feePpm: 10_000,
  };
  for (const shares of [1_000n, 1_047n, 1n]) {
    const credited = shares * ppsCredit(terms);
    const proportional = proportionalEquivalent({
      minerWork: shares * 8_192n,
      totalWork: 2_048n * 8_192n,
      rewardsZat: terms.subsidyZat,
      feePpm: terms.feePpm,
    });
    const difference = credited - proportional;
    assert(difference < 10n ** 12n && difference > -(10n ** 12n), `${difference} pico-zatoshis`);
  }
});
