import assert from "node:assert/strict";
import { readPassword } from "../../../../src/mining/stratum_v1/password.ts";

Deno.test("options are read between the separators that other pools' users write", () => {
  const rows: readonly [string, ReturnType<typeof readPassword>][] = [
    ["", { coinbase: false }],
    ["x", { coinbase: false }],
    ["d=1024", { difficulty: 1024, coinbase: false }],
    ["x,d=0.5", { difficulty: 0.5, coinbase: false }],
    ["d=8;md=2 coinbase=yes", { difficulty: 8, minDifficulty: 2, coinbase: true }],
    ["D=8, MD=2, COINBASE=YES", { difficulty: 8, minDifficulty: 2, coinbase: true }],
    ["d=1,d=2", { difficulty: 2, coinbase: false }],
    ["coinbase=no", { coinbase: false }],
    ["coinbase", { coinbase: false }],
  ];
  for (const [password, expected] of rows) {
    assert.deepEqual(readPassword(password), expected, password);
  }
});

Deno.test("what is no difficulty is passed over", () => {
  for (const value of ["0", "-1", "1e9", "NaN", "Infinity", "", "0x10", "1.", "9".repeat(40)]) {
    assert.deepEqual(readPassword(`d=${value}`), { coinbase: false }, value);
  }
});

Deno.test("of a long password only the beginning is read", () => {
  assert.deepEqual(readPassword(`${"x".repeat(300)},d=5`), { coinbase: false });
});
