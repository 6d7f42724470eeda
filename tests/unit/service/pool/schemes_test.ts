import assert from "node:assert/strict";
import { SCHEMES } from "../../../../src/money/ledger/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import { ANY_TARGET, PoolHarness, templateOn } from "../../../support/pool_harness.ts";

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

for (const scheme of SCHEMES) {
  Deno.test(`${scheme}: work on a coinbase that could not be read goes on, and earns nothing at once`, async () => {
    const harness = await PoolHarness.start({ scheme, unknownCoinbase: "as-the-node-made-it" });
    try {
      const coinbaseAuthDigest = new Uint8Array(32).fill(1);
      await harness.template({ ...templateOn(1, { target: ANY_TARGET }), coinbaseAuthDigest });
      const miner = await harness.connectMiner();
      await miner.share();
      await settle();
      const [accepted] = harness.eventsOf("share_accepted");
      assert(accepted !== undefined);
      assert.equal(accepted.creditPicoZat, 0n);
      const [block] = await harness.store.blocks(1);
      assert.deepEqual([block?.valueZat, block?.feesZat], [0n, 0n]);
      assert.equal(harness.submitted.length, 1);
    } finally {
      await harness.stop();
    }
  });
}
