import assert from "node:assert/strict";
import fc from "fast-check";
import {
  AmountError,
  formatPicoZat,
  formatZec,
  MAX_MONEY_ZAT,
  parsePercentToPpm,
  parseZec,
} from "../../../../src/money/ledger/mod.ts";

Deno.test("amounts: ZEC text is read exactly", () => {
  const rows: [string, bigint][] = [
    ["0", 0n],
    ["0.01", 1_000_000n],
    ["1", 100_000_000n],
    ["1.0", 100_000_000n],
    ["0.00000001", 1n],
    ["0.41666668", 41_666_668n],
    ["20999999.99999999", MAX_MONEY_ZAT - 1n],
    ["21000000", MAX_MONEY_ZAT],
    ["00.10", 10_000_000n],
  ];
  for (const [text, zat] of rows) assert.equal(parseZec(text), zat, text);
});

Deno.test("amounts: what is no plain decimal amount of ZEC is refused", () => {
  const rows = [
    "",
    " ",
    ".5",
    "5.",
    "1,5",
    "-1",
    "+1",
    "1e2",
    "0x10",
    " 1",
    "1 ",
    "1.000000001",
    "NaN",
    "Infinity",
    "1.2.3",
    "١",
    "1\n",
    "21000000.00000001",
    "1000000000000",
    "9".repeat(400),
  ];
  for (const text of rows) assert.throws(() => parseZec(text), AmountError, JSON.stringify(text));
});

Deno.test("amounts: a figure that looks like zatoshis is told so", () => {
  assert.throws(() => parseZec("100000000000"), /zatoshis/);
});

Deno.test("amounts: percentages become parts per million", () => {
  const rows: [string, number][] = [
    ["0", 0],
    ["1.0", 10_000],
    ["0.5", 5_000],
    ["2.25", 22_500],
    ["0.0001", 1],
    ["100", 1_000_000],
    ["100.0000", 1_000_000],
  ];
  for (const [text, ppm] of rows) assert.equal(parsePercentToPpm(text), ppm, text);
  for (const text of ["", "-1", "100.0001", "101", "1.00001", "1%", "1e1", "0001"]) {
    assert.throws(() => parsePercentToPpm(text), AmountError, JSON.stringify(text));
  }
});

Deno.test("amounts: every amount is written so that it is read back the same", () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: MAX_MONEY_ZAT }), (zat) => {
    assert.match(formatZec(zat), /^\d+\.\d{8}$/);
    assert.equal(parseZec(formatZec(zat)), zat);
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
