import assert from "node:assert/strict";
import { type DemoCounts, jsonReport, wordsReport } from "../../../src/cli/demo/demo_report.ts";
import { OUTPUT_SCHEMAS } from "../../support/json_output.ts";
import { schemaFaults } from "../../support/json_schema.ts";

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

Deno.test("a mature payout is told in words and as an object", () => {
  const payout = { address: "tmabc", amountZat: 1_234_567n, txid: "ab".repeat(32) };
  const lines: string[] = [];
  wordsReport((line) => lines.push(line), () => 61_000).matured(payout);
  jsonReport((line) => lines.push(line)).matured(payout);
  assert.match(lines[0] ?? "", /tmabc was paid 1,234,567 zatoshis by the coinbase abab/);
  const object = JSON.parse(lines[1] ?? "");
  assert.deepEqual(schemaFaults(OUTPUT_SCHEMAS.get("demo") ?? {}, object), []);
  assert.equal(object.amount_zat, "1234567");
});
