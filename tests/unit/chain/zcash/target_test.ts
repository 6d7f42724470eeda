import assert from "node:assert/strict";
import fc from "fast-check";
import {
  DIFFICULTY_1_TARGET,
  difficultyOfTarget,
  targetFromBits,
  targetOfDifficulty,
  workOfTarget,
} from "../../../../src/chain/zcash/mod.ts";

const TARGET_MAX = 2n ** 256n - 1n;

const anyTarget = fc.bigInt({ min: 1n, max: TARGET_MAX });

Deno.test("the limits of all networks are read from their compact forms", () => {
  const table: [number, bigint][] = [
    [0x1f07ffff, 0x7ffffn << 224n],
    [0x2007ffff, 0x7ffffn << 232n],
    [0x200f0f0f, 0xf0f0fn << 232n],
    [0x1c01da67, 0x1da67n << 200n],
    [0x03000001, 1n],
    [0x02000100, 1n],
    [0x01010000, 1n],
    [0x0100ffff | 0x7f0000, 0x7fn],
    [0x207fffff, 0x7fffffn << 232n],
  ];
  for (const [bits, target] of table) {
    assert.equal(targetFromBits(bits), target, bits.toString(16));
  }
});

Deno.test("compact forms that no block may have are refused with what is wrong", () => {
  const table: [number, RegExp][] = [
    [0x1f87ffff, /1f87ffff: the sign bit/],
    [0x00000000, /zero/],
    [0x1f000000, /zero/],
    [0x00ffffff & 0x7fffff, /zero/],
    [0x01000000, /zero/],
    [0x21010000, /more than 256 bits/],
    [0x22000100, /more than 256 bits/],
    [0xff000001, /more than 256 bits/],
  ];
  for (const [bits, message] of table) {
    assert.throws(() => targetFromBits(bits), { code: "bad-bits", message });
  }
});

Deno.test("a target written in compact form loses at most what does not fit the mantissa", () => {
  fc.assert(fc.property(anyTarget, (target) => {
    const read = targetFromBits(bitsFromTarget(target));
    assert.ok(read <= target);
    assert.ok((target - read) * 0x7fffn < target + 0x7fffn);
    assert.equal(bitsFromTarget(read), bitsFromTarget(target));
  }));
});

Deno.test("difficulty 1 is 8,192 solutions, and work grows with difficulty exactly", () => {
  assert.equal(targetOfDifficulty(1), DIFFICULTY_1_TARGET);
  assert.equal(workOfTarget(DIFFICULTY_1_TARGET), 8192n);
  const table: [number, bigint][] = [
    [2, 16_384n],
    [0.5, 4_096n],
    [1_000, 8_192_000n],
    [0.001, 8n],
    [1_000_000, 8_192_000_000n],
  ];
  for (const [difficulty, work] of table) {
    assert.equal(workOfTarget(targetOfDifficulty(difficulty)), work, `${difficulty}`);
  }
});

Deno.test("the target of a decimal difficulty is that of the number as it is written", () => {
  // 0.1 has no exact double: binary arithmetic would be off in the 54th bit of 256.
  assert.equal(targetOfDifficulty(0.1), (1n << 243n) * 10n - 1n);
  assert.equal(targetOfDifficulty(0.3), (1n << 243n) * 10n / 3n - 1n);
  assert.equal(targetOfDifficulty(1e-7), TARGET_MAX);
  assert.equal(targetOfDifficulty(1.5e-3), (1n << 243n) * 10_000n / 15n - 1n);
  assert.equal(targetOfDifficulty(1e21), (1n << 243n) / 10n ** 21n - 1n);
  assert.equal(targetOfDifficulty(1e300), 1n);
});

Deno.test("what is no difficulty is refused", () => {
  for (const value of [0, -1, -0, Number.NaN, Infinity, -Infinity]) {
    assert.throws(() => targetOfDifficulty(value), RangeError, `${value}`);
  }
});

Deno.test("a difficulty survives its target to the precision of a double", () => {
  fc.assert(fc.property(fc.double({ min: 0.001, max: 1e9, noNaN: true }), (difficulty) => {
    const again = difficultyOfTarget(targetOfDifficulty(difficulty));
    assert.ok(Math.abs(again / difficulty - 1) < 1e-12, `${difficulty} became ${again}`);
  }));
});

Deno.test("a harder target is never worth less work", () => {
  fc.assert(fc.property(anyTarget, anyTarget, (a, b) => {
    const [harder, easier] = a < b ? [a, b] : [b, a];
    assert.ok(workOfTarget(harder) >= workOfTarget(easier));
  }));
  assert.equal(workOfTarget(TARGET_MAX), 1n);
  for (const target of [0n, -1n, TARGET_MAX + 1n]) {
    assert.throws(() => workOfTarget(target), RangeError);
    assert.throws(() => difficultyOfTarget(target), RangeError);
  }
});

/** The compact form of a target; what does not fit in the mantissa is cut off. */
function bitsFromTarget(target: bigint): number {
  let length = Math.ceil(target.toString(16).length / 2);
  let mantissa = Number(
    length <= 3 ? target << BigInt(8 * (3 - length)) : target >> BigInt(8 * (length - 3)),
  );
  if (mantissa & 0x0080_0000) {
    mantissa >>>= 8;
    length++;
  }
  return ((length << 24) | mantissa) >>> 0;
}
