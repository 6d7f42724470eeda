import assert from "node:assert/strict";
import { type DemoCounts, wordsReport } from "../../../src/cli/demo/demo_report.ts";

const COUNTS: DemoCounts = {
  sharesAccepted: 1,
  sharesRejected: {},
  blocksAccepted: 1,
  creditPicoZat: 1_234_000_000_000_000n,
  hashRate: 2.54,
  secondsToFirstShare: 1,
};

Deno.test("one is one, and more are many", () => {
  const lines: string[] = [];
  const report = wordsReport((line) => lines.push(line), () => 61_000);
  report.running(COUNTS);
  report.running({ ...COUNTS, sharesAccepted: 2, blocksAccepted: 0, sharesRejected: { stale: 3 } });
  assert.deepEqual(lines, [
    "1:01  1 share, 2.5 Sol/s, 1 block, 1,234 zatoshis credited",
    "1:01  2 shares, 3 refused, 2.5 Sol/s, 0 blocks, 1,234 zatoshis credited",
  ]);
});
