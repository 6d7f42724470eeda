import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_MONEY_ZAT } from "../../../../src/chain/zcash/mod.ts";
import { formatPicoZat, formatZec } from "../../../../src/money/ledger/mod.ts";

Deno.test("amounts: every amount is written exactly, with all eight decimals", () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: MAX_MONEY_ZAT }), (zat) => {
    assert.match(formatZec(zat), /^\d+\.\d{8}$/);
    assert.equal(BigInt(formatZec(zat).replace(".", "")), zat);
  }));
  assert.equal(formatZec(-1n), "-0.00000001");
  assert.equal(formatZec(-250_000_000n), "-2.50000000");
});

Deno.test("amounts: fractions of zatoshis are shown exactly", () => {
  const rows: [bigint, string][] = [
    [0n, "0"],
    [20_141_602_207_031_250n, "20141.60220703125"],
    [1n, "0.000000000001"],
    [10n ** 12n, "1"],
    [-15n * 10n ** 11n, "-1.5"],
  ];
  for (const [picoZat, text] of rows) assert.equal(formatPicoZat(picoZat), text);
});
