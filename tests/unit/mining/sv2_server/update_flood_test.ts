/**
 * Each change of a target costs a nonce prefix, which rests until the parent block changes. Whoever
 * asks for changes without end may use up his own part of them, never everybody's.
 */
import assert from "node:assert/strict";
import { concatBytes, u256FromLe, u256ToLe } from "../../../../src/base/mod.ts";
import { targetForHashRate } from "../../../../src/mining/channels/vardiff.ts";
import {
  CloseChannel,
  NewEquihashJob,
  OpenExtendedMiningChannel,
  OpenExtendedMiningChannelSuccess,
  OpenMiningChannelError,
  SetExtranoncePrefix,
  SetTarget,
  SubmitSharesError,
  UpdateChannel,
} from "../../../../src/wire/protocol/mod.ts";
import { targetOfDifficulty } from "../../../../src/chain/zcash/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import {
  type HarnessMiner,
  type HarnessOptions,
  MINER_ADDRESS,
  numberedBytes,
  PoolHarness,
  templateOn,
} from "../../../support/pool_harness.ts";

/** Shares a minute that the harness's pool wants. */
const PACE = 5;

async function withPool(
  options: HarnessOptions,
  run: (pool: PoolHarness) => Promise<void>,
): Promise<void> {
  const pool = await PoolHarness.start(options);
  await pool.template(templateOn(1));
  try {
    await run(pool);
  } finally {
    await pool.stop();
  }
}

/** An update to the target of a difficulty, or of a hash rate where one is given. */
function updateFrame(channelId: number, difficulty: number, nominalHashRate = 0): Uint8Array {
  const maximumTarget = u256ToLe(targetOfDifficulty(difficulty));
  return UpdateChannel.encode({ channelId, nominalHashRate, maximumTarget });
}

/** Many updates of one channel in one turn, each to a harder target, from one difficulty on. */
async function floodUpdates(miner: HarnessMiner, channelId: number, from: number): Promise<void> {
  const frames = Array.from({ length: 300 }, (_, i) => updateFrame(channelId, from + i));
  miner.connection.send(concatBytes(...frames));
  await settle();
}

Deno.test("of many updates within a second the first is answered, and the last when it is over", () =>
  withPool({}, async (pool) => {
    const miner = await pool.connectMiner();
    const { channelId } = miner.job;
    await floodUpdates(miner, channelId, 1);
    assert.equal(miner.heard(SetTarget).length, 1, "at once");
    await pool.clock.advance(999);
    await floodUpdates(miner, channelId, 301);
    assert.equal(miner.heard(SetTarget).length, 1, "the second is not over");
    await pool.clock.advance(1_001);
    const targets = miner.heard(SetTarget);
    assert.equal(targets.length, 2);
    assert.deepEqual(targets[1]?.maximumTarget, u256ToLe(targetOfDifficulty(600)));
    assert.deepEqual(miner.job.target, targets[1]?.maximumTarget);
    assert.equal(miner.job.cleanJobs, false);
    await pool.clock.advance(10_000);
    assert.equal(miner.heard(SetTarget).length, 2, "nothing waits any more");
    assert.equal(miner.heard(SetExtranoncePrefix).length, 2);
    assert.equal(miner.heard(NewEquihashJob).length, 3);
  }));

Deno.test("updates a second apart are answered one by one", () =>
  withPool({}, async (pool) => {
    const miner = await pool.connectMiner();
    const { channelId } = miner.job;
    for (let i = 1; i <= 5; i++) {
      await miner.send(updateFrame(channelId, 10 * i));
      assert.equal(miner.heard(SetTarget).length, i);
      await pool.clock.advance(1_000);
    }
  }));

Deno.test("a hash rate that waits is not lost by an update without one", () =>
  withPool({}, async (pool) => {
    const miner = await pool.connectMiner();
    const { channelId } = miner.job;
    await miner.send(updateFrame(channelId, 1));
    await miner.send(updateFrame(channelId, 1, 840_000));
    await miner.send(updateFrame(channelId, 2));
    await pool.clock.advance(2_000);
    const wished = targetForHashRate(840_000, PACE);
    const behind = wished - u256FromLe(miner.job.target);
    // Targets are rounded to twelve significant bits, to the harder side.
    assert.ok(behind >= 0n && behind < wished / 1_000n, `${behind} harder than ${wished}`);
  }));

Deno.test("a channel that is closed before its update's time hears nothing of it", () =>
  withPool({}, async (pool) => {
    const miner = await pool.connectMiner();
    const { channelId } = miner.job;
    await miner.send(updateFrame(channelId, 10));
    await miner.send(updateFrame(channelId, 20));
    await miner.send(CloseChannel.encode({ channelId, reasonCode: "done" }));
    await pool.clock.advance(3_000);
    assert.equal(miner.heard(SetTarget).length, 1);
  }));

Deno.test("updates of many channels leave prefixes for others, however long the parent lives", () =>
  withPool({ nonce1Length: 1 }, async (pool) => {
    const bystander = await pool.connectMiner();
    const before = bystander.job;
    const flooder = await pool.connectMiner();
    for (let i = 1; i < 20; i++) await flooder.open(`${MINER_ADDRESS}.r${i}`);
    const ids = flooder.heard(OpenExtendedMiningChannelSuccess).map(({ channelId }) => channelId);
    for (let round = 1; round <= 60; round++) {
      for (const id of ids) flooder.connection.send(updateFrame(id, round));
      await pool.clock.advance(1_000);
    }
    const sent = flooder.heard(SetTarget).length;
    assert(sent < 128, "most of the 1,200 changes wait: he has spent as many as he leaves");
    for (let i = 0; i < 40; i++) await pool.connectMiner(`${MINER_ADDRESS}.new${i}`);
    assert.equal(pool.pool.channelCount, 61);
    await bystander.send(updateFrame(before.channelId, 7));
    assert.equal(bystander.job.cleanJobs, false, "others' jobs live on");
    await bystander.share({ jobId: before.jobId });
    assert.equal(bystander.heard(SubmitSharesError).length, 0);
    await pool.template(templateOn(2));
    assert.equal(flooder.heard(SetTarget).length, sent + ids.length, "once, with the next parent");
    assert.deepEqual(flooder.job.target, u256ToLe(targetOfDifficulty(60)));
  }));

Deno.test("opening and closing channels leaves prefixes for others, and a new parent gives all back", () =>
  withPool({ nonce1Length: 1 }, async (pool) => {
    const flooder = await pool.connectMiner();
    for (let i = 0; i < 300; i++) {
      const opened = flooder.heard(OpenExtendedMiningChannelSuccess).at(-1)?.channelId ?? 0;
      await flooder.send(CloseChannel.encode({ channelId: opened, reasonCode: "done" }));
      await flooder.open(`${MINER_ADDRESS}.r`);
    }
    assert(flooder.heard(OpenMiningChannelError).length > 0);
    for (let i = 0; i < 40; i++) {
      const { job } = await pool.connectMiner(
        `${MINER_ADDRESS}.new${i}`,
        `198.51.100.${i}`,
      );
      assert.equal(job.cleanJobs, true);
    }
    await pool.template(templateOn(2));
    const refused = flooder.heard(OpenMiningChannelError).length;
    await flooder.send(OpenExtendedMiningChannel.encode({
      requestId: 9,
      userIdentity: MINER_ADDRESS,
      nominalHashRate: 0,
      maxTarget: new Uint8Array(32).fill(0xff),
      minExtranonceSize: 8,
    }));
    assert.equal(flooder.heard(OpenMiningChannelError).length, refused);
  }));

/** Sends shares of the newest job for a time, some a second; what fails its target is refused. */
async function flood(pool: PoolHarness, miner: HarnessMiner, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 20) {
    await miner.share({ nonce2: numberedBytes(miner.job.nonce2Len, ++lastNonce) });
    await pool.clock.advance(20);
  }
}
let lastNonce = 0;

Deno.test("fresh names and tiny hash rates on one connection begin where a closed flood ended", () =>
  withPool({}, async (pool) => {
    const miner = await pool.connectMiner();
    const targets: bigint[] = [];
    for (let i = 0; i < 5; i++) {
      await flood(pool, miner, 3_000);
      const { channelId, target } = miner.job;
      targets.push(u256FromLe(target));
      await miner.send(CloseChannel.encode({ channelId, reasonCode: "done" }));
      await miner.open(`${MINER_ADDRESS}.n${i}`, { nominalHashRate: 1e-9 });
      assert(u256FromLe(miner.job.target) <= u256FromLe(target), `opening ${i}`);
    }
    assert((targets[0] as bigint) < 1n << 250n, "the first flood was answered");
    const other = await pool.connectMiner(`${MINER_ADDRESS}.other`);
    assert.equal(u256FromLe(other.job.target), (1n << 256n) - 1n, "others begin as ever");
  }));
