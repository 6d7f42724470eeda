import assert from "node:assert/strict";
import { feeWarning, orphanRate } from "../../../../src/service/pool/fee_warning.ts";

Deno.test("3.3 % of lost blocks are assumed until 200 are known", () => {
  assert.deepEqual(orphanRate({ decided: 199, orphaned: 0 }), { ppm: 33_000, isKnown: false });
  assert.deepEqual(orphanRate({ decided: 200, orphaned: 3 }), { ppm: 15_000, isKnown: true });
  assert.deepEqual(orphanRate({ decided: 200, orphaned: 0 }), { ppm: 0, isKnown: true });
});

Deno.test("a fee below the rate is warned of under pps only", () => {
  const assumed = orphanRate({ decided: 0, orphaned: 0 });
  assert.match(feeWarning({ scheme: "pps", feePpm: 32_999 }, assumed) ?? "", /3\.3 % of blocks/);
  assert.equal(feeWarning({ scheme: "pps", feePpm: 33_000 }, assumed), undefined);
  assert.equal(feeWarning({ scheme: "pplns", feePpm: 0 }, assumed), undefined);
  const own = orphanRate({ decided: 200, orphaned: 3 });
  assert.match(feeWarning({ scheme: "pps", feePpm: 10_000 }, own) ?? "", /1\.5 % were lost.* 1 %/);
  assert.equal(feeWarning({ scheme: "pps", feePpm: 15_000 }, own), undefined);
});
