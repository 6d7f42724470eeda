import assert from "node:assert/strict";
import fc from "fast-check";
import { scaleDecimal } from "../../../../src/service/config/_decimal.ts";

Deno.test("decimal text is scaled exactly, or not at all", () => {
  const rows: [string, number, bigint | undefined][] = [
    ["1.0", 4, 10_000n],
    ["0.01", 8, 1_000_000n],
    ["007", 0, 7n],
    ["1e-7", 8, 10n],
    ["1.5e+3", 0, 1500n],
    ["-2.5", 1, -25n],
    ["0.00000001", 8, 1n],
    ["0.000000001", 8, undefined],
    ["0.10000000000", 1, 1n],
    ["1e-41", 60, undefined],
    ["1e999", 0, undefined],
    ["", 8, undefined],
    [".5", 8, undefined],
    ["5.", 8, undefined],
    ["+5", 8, undefined],
    ["1,5", 8, undefined],
    ["1_000", 8, undefined],
    ["0x10", 8, undefined],
    ["Infinity", 8, undefined],
    ["NaN", 8, undefined],
    [" 1", 8, undefined],
    ["1".repeat(41), 8, undefined],
  ];
  for (const [text, decimals, expected] of rows) {
    assert.equal(scaleDecimal(text, decimals), expected, text);
  }
});

Deno.test("every amount of ZEC survives being a TOML float", () => {
  const zat = fc.bigInt({ min: 0n, max: 2_100_000_000_000_000n });
  fc.assert(fc.property(zat, (amount) => {
    const digits = amount.toString().padStart(9, "0");
    const text = `${digits.slice(0, -8)}.${digits.slice(-8)}`;
    assert.equal(scaleDecimal(text, 8), amount);
    // What a TOML parser makes of the text, and how JavaScript prints it.
    assert.equal(scaleDecimal(String(Number(text)), 8), amount);
  }));
});
