import assert from "node:assert/strict";
import {
  compactBits,
  expandBits,
  roundTarget,
  workOf,
} from "../../../../src/demo/demo_node/_compact_bits.ts";
import { medianTime, nextTarget } from "../../../../src/demo/demo_node/_difficulty.ts";
import { readData } from "./_recorded.ts";

const LIMIT = roundTarget((1n << 251n) - 1n);
const WINDOW = { blocks: 102, spacingSecs: 25 };

/** Blocks of one spacing and one target, newest first. */
function evenly(count: number, spacing: number, target: bigint) {
  const bits = compactBits(target);
  return Array.from({ length: count }, (_, i) => ({ time: 1_800_000_000 - i * spacing, bits }));
}

Deno.test("the bits of real blocks expand to their targets and back", () => {
  const { blocks } = readData<{ blocks: { bits: string; target: string }[] }>("zcash/blocks");
  for (const { bits, target } of blocks) {
    const value = Number(`0x${bits}`);
    assert.equal(expandBits(value), BigInt(`0x${target}`), bits);
    assert.equal(compactBits(BigInt(`0x${target}`)), value, bits);
  }
});

Deno.test("bits that are negative, zero or too large have no target", () => {
  for (
    const bits of [0, 0x0080_0001, 0x2080_ffff, 0x2000_0000, 0x2300_0001, 0x2101_0000, 0x0100_0000]
  ) {
    assert.equal(expandBits(bits), undefined, bits.toString(16));
  }
});

Deno.test("work is the number of solutions that a target takes on average", () => {
  assert.equal(workOf((1n << 243n) - 1n), 8_192n);
  assert.equal(workOf((1n << 253n) - 1n), 8n);
});

Deno.test("the median of an even number of times is the later middle one", () => {
  const blocks = (times: number[]) => times.map((time) => ({ time, bits: 0 }));
  assert.equal(medianTime(blocks([3, 1, 2])), 2);
  assert.equal(medianTime(blocks([4, 1])), 4);
  assert.equal(medianTime(blocks([9, 9, 9, 9, 9, 5, 1, 1, 1, 1, 1, 100, 100])), 5);
});

Deno.test("blocks in time keep the target but for rounding", () => {
  const target = roundTarget(LIMIT / 1_000n);
  const next = nextTarget(LIMIT, WINDOW, evenly(113, 25, target));
  assert(next <= target && next > target * 999n / 1000n);
});

Deno.test("blocks too fast make it harder by a sixth at most, too slow easier by a third", () => {
  const target = roundTarget(LIMIT / 1_000n);
  const ratio = (spacing: number) =>
    Number(nextTarget(LIMIT, WINDOW, evenly(113, spacing, target)) * 10_000n / target) / 10_000;
  assert(Math.abs(ratio(0) - 0.84) < 0.001);
  assert(Math.abs(ratio(1) - 0.84) < 0.001);
  assert(Math.abs(ratio(1_000) - 1.32) < 0.001);
  // Only a quarter of a deviation is followed: 20 % slower is 5 % easier.
  assert(Math.abs(ratio(30) - 1.05) < 0.001);
  assert(Math.abs(ratio(20) - 0.95) < 0.001);
});

Deno.test("the limit is never passed", () => {
  assert.equal(nextTarget(LIMIT, WINDOW, evenly(113, 1_000, LIMIT)), LIMIT);
});

Deno.test("a short chain has the limit as its mean and measures from its first block", () => {
  const first = { time: 1_477_648_033, bits: compactBits(LIMIT) };
  // The first block alone has spanned no time, which counts as far too fast.
  const alone = nextTarget(LIMIT, WINDOW, [first]);
  assert.equal(compactBits(alone), 0x2006b851);
  assert.equal(nextTarget(LIMIT, WINDOW, [...evenly(50, 1, LIMIT / 1_000n), first]), LIMIT);
});
