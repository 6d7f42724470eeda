import assert from "node:assert/strict";
import {
  CloseChannel,
  OpenExtendedMiningChannelSuccess,
  OpenMiningChannelError,
  SubmitSharesSuccess,
} from "../../../../src/wire/protocol/mod.ts";
import { MINER_ADDRESS, PoolHarness, templateOn } from "../../../support/pool_harness.ts";

Deno.test("at the cap channels are closed and refused by name; below it they open again", async () => {
  const harness = await PoolHarness.start();
  try {
    await harness.template(templateOn(1));
    const miner = await harness.connectMiner();
    await miner.share();
    harness.pool.limitLiability(true);
    const [opened] = miner.heard(OpenExtendedMiningChannelSuccess);
    await miner.open(`${MINER_ADDRESS}.rig`);
    assert.deepEqual(miner.heard(CloseChannel), [
      { channelId: opened?.channelId, reasonCode: "liability-cap" },
    ]);
    assert.deepEqual(miner.heard(OpenMiningChannelError), [
      { requestId: 7, errorCode: "liability-cap" },
    ]);
    assert.equal(harness.pool.channelCount, 0);
    // What was accepted before is acknowledged and stays credited.
    assert.equal(miner.heard(SubmitSharesSuccess).length, 1);
    assert.equal(harness.pool.totals.accepted, 1);

    harness.pool.limitLiability(false);
    await miner.open(`${MINER_ADDRESS}.rig`);
    assert.equal(miner.heard(OpenExtendedMiningChannelSuccess).length, 2);
  } finally {
    await harness.stop();
  }
});

Deno.test("a channel that is being opened when the cap is reached does not open", async () => {
  const harness = await PoolHarness.start();
  try {
    await harness.template(templateOn(1));
    const miner = await harness.connect();
    await miner.setup();
    for (let turns = 0; turns < 30; turns++) {
      const opening = miner.open(`${MINER_ADDRESS}.rig`);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      harness.pool.limitLiability(true);
      await opening;
      assert.equal(harness.pool.channelCount, 0, `at the cap after ${turns} turns`);
      harness.pool.limitLiability(false);
    }
    const refusals = miner.heard(OpenMiningChannelError).map(({ errorCode }) => errorCode);
    assert.deepEqual(new Set(refusals), new Set(["liability-cap"]));
    const opened = miner.heard(OpenExtendedMiningChannelSuccess).length;
    assert.equal(opened, miner.heard(CloseChannel).length);
    assert.equal(opened + refusals.length, 30);
  } finally {
    await harness.stop();
  }
});
