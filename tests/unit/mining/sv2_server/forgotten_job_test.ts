/** A block is not lost for the id under which it comes: neither old nor wrong ones. */
import assert from "node:assert/strict";
import { u256ToLe } from "../../../../src/base/mod.ts";
import {
  CloseChannel,
  ErrorCode,
  NewEquihashJob,
  SubmitSharesError,
  UpdateChannel,
} from "../../../../src/wire/protocol/mod.ts";
import { targetOfDifficulty } from "../../../../src/chain/zcash/mod.ts";
import { ANY_TARGET, PoolHarness, templateOn } from "../../../support/pool_harness.ts";

Deno.test("a job of the live parent is good after thirteen changes of the target, and after a hundred", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  const { jobId, channelId } = miner.job;
  for (let changes = 1; changes <= 100; changes++) {
    const maximumTarget = u256ToLe(targetOfDifficulty(changes));
    await miner.send(UpdateChannel.encode({ channelId, nominalHashRate: 0, maximumTarget }));
    await pool.clock.advance(2_000);
  }
  assert(miner.heard(NewEquihashJob).length > 13);
  await miner.share({ jobId });
  assert.equal(pool.pool.totals.accepted, 1);
  assert.equal(miner.heard(SubmitSharesError).length, 0);
  await pool.stop();
});

Deno.test("a block under a job id that was never sent goes to the node and earns nothing", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1, { target: ANY_TARGET }));
  const miner = await pool.connectMiner();
  const jobId = miner.job.jobId ^ 1;
  await miner.share({ jobId });
  assert.equal(pool.submitted.length, 1);
  assert.equal(pool.pool.totals.accepted, 0);
  // Many of them would cost a hash for each job: one a second is looked into.
  await miner.share({ jobId });
  assert.equal(pool.submitted.length, 1);
  const refusals = miner.heard(SubmitSharesError).map(({ errorCode }) => errorCode);
  assert.deepEqual(refusals, [ErrorCode.invalidJobId, ErrorCode.invalidJobId]);
  await pool.clock.advance(1_000);
  await miner.share({ jobId });
  assert.equal(pool.submitted.length, 2);
  await pool.stop();
});

for (const byPool of [false, true]) {
  Deno.test(`a block that was on its way when its channel was closed by the ${byPool ? "pool" : "miner"} is not lost`, async () => {
    const pool = await PoolHarness.start();
    await pool.template(templateOn(1, { target: ANY_TARGET }));
    const miner = await pool.connectMiner();
    const { channelId } = miner.job;
    if (byPool) pool.pool.limitLiability(true);
    else await miner.send(CloseChannel.encode({ channelId, reasonCode: "done" }));
    assert.equal(pool.pool.channelCount, 0);
    await miner.share();
    assert.equal(pool.submitted.length, 1);
    assert.equal(pool.pool.totals.accepted, 0, "it earns nothing");
    assert.equal(miner.heard(SubmitSharesError).at(-1)?.errorCode, ErrorCode.invalidChannelId);
    await pool.stop();
  });
}
