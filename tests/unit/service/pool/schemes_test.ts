import assert from "node:assert/strict";
import { SCHEMES } from "../../../../src/money/ledger/mod.ts";
import { PoolHarness, templateOn } from "../../../support/pool_harness.ts";

for (const scheme of SCHEMES) {
  const earns = scheme === "pps";
  Deno.test(`${scheme}: a share earns ${earns ? "its expected value" : "nothing"} at once`, async () => {
    const harness = await PoolHarness.start({ scheme });
    try {
      await harness.template(templateOn(1, { target: 2n ** 230n }));
      const miner = await harness.connectMiner();
      await miner.share();
      const [accepted] = harness.eventsOf("share_accepted");
      assert(accepted !== undefined);
      assert.equal(accepted.creditPicoZat > 0n, earns);
      assert.equal(harness.pool.totals.creditPicoZat > 0n, earns);
    } finally {
      await harness.stop();
    }
  });
}
