import assert from "node:assert/strict";
import { moneyWarnings } from "../../../../src/money/treasury/mod.ts";
import { type OrphanRate, orphanRate } from "../../../../src/money/treasury/orphan_rate.ts";
import { moneyWarningText } from "../../../../src/service/pool/mod.ts";

/** The sentence about the fee; empty when there is none. */
function feeWarning(terms: { scheme: "pps" | "pplns"; feePpm: number }, rate: OrphanRate): string {
  const others = { pplnsWindowUnit: "shares", hasLiabilityCap: true, isMainnet: false } as const;
  return moneyWarnings({ ...terms, ...others, pays: true, paysByCoinbase: false }, rate).map(
    moneyWarningText,
  ).join();
}

Deno.test("3.3 % of lost blocks are assumed until 200 are known", () => {
  assert.deepEqual(orphanRate({ decided: 199, orphaned: 0 }), {
    ppm: 33_000,
    ofBlocks: undefined,
    neededBlocks: 200,
  });
  assert.deepEqual(orphanRate({ decided: 200, orphaned: 3 }), {
    ppm: 15_000,
    ofBlocks: 200,
    neededBlocks: 200,
  });
  assert.deepEqual(orphanRate({ decided: 200, orphaned: 0 }), {
    ppm: 0,
    ofBlocks: 200,
    neededBlocks: 200,
  });
});

Deno.test("a fee below the rate is warned of under pps only", () => {
  const assumed = orphanRate({ decided: 0, orphaned: 0 });
  assert.match(feeWarning({ scheme: "pps", feePpm: 32_999 }, assumed), /3\.3 % of blocks/);
  assert.equal(feeWarning({ scheme: "pps", feePpm: 33_000 }, assumed), "");
  assert.equal(feeWarning({ scheme: "pplns", feePpm: 0 }, assumed), "");
  const own = orphanRate({ decided: 200, orphaned: 3 });
  assert.match(feeWarning({ scheme: "pps", feePpm: 10_000 }, own), /1\.5 % were lost.* 1 %/);
  assert.equal(feeWarning({ scheme: "pps", feePpm: 15_000 }, own), "");
});
