/** What a session without a share has shown is not forgotten with it, whatever rate the miner states. */
import assert from "node:assert/strict";
import { u256FromLe, u256ToLe } from "../../../../src/base/mod.ts";
import { targetForHashRate } from "../../../../src/mining/channels/vardiff.ts";
import { SetTarget, UpdateChannel } from "../../../../src/wire/protocol/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import { MINER_ADDRESS, PoolHarness, templateOn } from "../../../support/pool_harness.ts";

const STATED = 1e6;

Deno.test("a miner that was never heard begins where its last session ended, minutes later too", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const first = await pool.connect();
  await first.setup();
  await first.open(`${MINER_ADDRESS}.rig`, { nominalHashRate: STATED });
  const stated = u256FromLe(first.job.target);
  await pool.clock.advance(120_000);
  const eased = u256FromLe(first.job.target);
  assert(eased > 50n * stated, "three steps of four");
  // Its word is not believed again.
  const { channelId } = first.job;
  const before = first.heard(SetTarget).length;
  const maximumTarget = u256ToLe((1n << 256n) - 1n);
  await first.send(UpdateChannel.encode({ channelId, nominalHashRate: STATED, maximumTarget }));
  assert.equal(first.heard(SetTarget).length, before);
  first.connection.close("idle");
  await settle();

  await pool.clock.advance(600_000);
  const second = await pool.connect();
  await second.setup();
  await second.open(`${MINER_ADDRESS}.rig`, { nominalHashRate: STATED });
  assert.equal(u256FromLe(second.job.target), eased);
  const other = await pool.connect();
  await other.setup();
  await other.open(`${MINER_ADDRESS}.other`, { nominalHashRate: STATED });
  assert.equal(u256FromLe(other.job.target), targetForHashRate(STATED, 5), "others are believed");
  await pool.stop();
});
