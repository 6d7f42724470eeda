import assert from "node:assert/strict";
import fc from "fast-check";
import { HashRate } from "../../../../src/platform/observability/mod.ts";

Deno.test("hash rate: without work it is 0", () => {
  assert.equal(new HashRate().solutionsPerSecond(123_456), 0);
});

Deno.test("hash rate: steady work gives its rate, before and after the first full window", () => {
  const rate = new HashRate({ windowMs: 60_000, buckets: 12 });
  for (let second = 0; second <= 300; second++) {
    rate.add(8_192n, second * 1_000);
    if (second < 30) continue;
    // A window begins and ends between two shares, so that it holds one more or less.
    const shown = rate.solutionsPerSecond(second * 1_000);
    assert(Math.abs(shown / 8_192 - 1) < 0.04, `${shown} Sol/s after ${second} s`);
  }
});

Deno.test("hash rate: a single share just now is not divided by next to nothing", () => {
  const rate = new HashRate({ windowMs: 60_000, buckets: 6 });
  rate.add(1_000n, 5_000);
  assert.equal(rate.solutionsPerSecond(5_001), 100);
});

Deno.test("hash rate: falls to 0 when nothing comes for a window", () => {
  const rate = new HashRate({ windowMs: 60_000, buckets: 6 });
  rate.add(1_000n, 0);
  assert(rate.solutionsPerSecond(59_999) > 0);
  assert.equal(rate.solutionsPerSecond(60_000), 0);
  rate.add(600n, 1_000_000);
  // Five whole buckets have passed since the window began, and the sixth has just begun.
  assert.equal(rate.solutionsPerSecond(1_030_000), 12);
});

Deno.test("hash rate: work beyond 2^53 is summed exactly and shown as near as a float can", () => {
  const rate = new HashRate({ windowMs: 10_000, buckets: 10 });
  rate.add(2n ** 200n, 0);
  rate.add(1n, 5_000);
  assert.equal(rate.solutionsPerSecond(8_000), 2 ** 200 / 8);
  // What is left after the large piece is exactly the small one.
  assert.equal(rate.solutionsPerSecond(10_000), 1 / 9);
});

Deno.test("hash rate: is the work of the buckets in the window, whatever comes when", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ gapMs: fc.nat(40_000), work: fc.bigInt({ min: 1n, max: 1n << 80n }) })),
    (shares) => {
      const rate = new HashRate({ windowMs: 60_000, buckets: 6 });
      const seen: { atMs: number; work: bigint }[] = [];
      let nowMs = 0;
      for (const { gapMs, work } of shares) {
        nowMs += gapMs;
        rate.add(work, nowMs);
        seen.push({ atMs: nowMs, work });
        const oldest = Math.floor(nowMs / 10_000) - 5;
        const sum = seen.filter(({ atMs }) => Math.floor(atMs / 10_000) >= oldest)
          .reduce((total, share) => total + share.work, 0n);
        const first = seen[0]?.atMs ?? 0;
        const seconds = Math.max(10_000, Math.min(50_000 + nowMs % 10_000, nowMs - first)) / 1_000;
        assert.equal(rate.solutionsPerSecond(nowMs), Number(sum) / seconds);
      }
    },
  ));
});
