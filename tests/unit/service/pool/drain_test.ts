import assert from "node:assert/strict";
import { ConversationServer } from "../../../../src/mining/channels/mod.ts";
import {
  NewEquihashJob,
  Reconnect,
  SubmitSharesSuccess,
} from "../../../../src/wire/protocol/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { ANY_TARGET, PoolHarness, templateOn } from "../../../support/pool_harness.ts";

const DRAIN_MS = 10_000;
const NETWORK = { target: ANY_TARGET >> 200n };

Deno.test("a stop asks miners to come back evenly over its time, and the others work on", async () => {
  const pool = await PoolHarness.start({ drainMs: DRAIN_MS });
  await pool.template({ ...templateOn(1), ...NETWORK });
  const miners: Awaited<ReturnType<PoolHarness["connectMiner"]>>[] = [];
  for (let i = 0; i < 20; i++) miners.push(await pool.connectMiner());
  const lines = await pool.connectStratum();
  const asked = (): number => miners.filter((miner) => miner.heard(Reconnect).length > 0).length;
  let stopped = false;
  const stopping = pool.pool.stop().finally(() => stopped = true);
  await pool.clock.advance(0);
  assert.ok(asked() <= 1, "nobody is stormed at the beginning");
  let before = asked();
  for (let second = 1; second <= 8; second++) {
    await pool.clock.advance(1_000);
    assert.ok(asked() - before <= 3, `${asked() - before} in second ${second}`);
    before = asked();
  }
  assert.ok(before >= 14 && before < 20, `${before} after 8 of 10 seconds`);
  assert.deepEqual(lines.notices("client.reconnect"), [[]]);

  const last = miners.at(-1);
  assert.ok(last !== undefined && last.heard(Reconnect).length === 0);
  await pool.template({ ...templateOn(2), ...NETWORK });
  assert.equal(last.heard(NewEquihashJob).length, 2, "who is not asked yet gets work");
  await last.share();
  await pool.clock.advance(5);
  assert.equal(last.heard(SubmitSharesSuccess).length, 1, "and is paid for it");

  await pool.clock.advance(2_100);
  assert.equal(asked(), 20);
  for (let i = 0; i < 200 && !stopped; i++) await pool.clock.advance(10);
  await stopping;
  assert.equal(pool.pool.totals.accepted, 1);
  await pool.store.close();
});

Deno.test("a stop ends with the last miner, however long it might take", async () => {
  const pool = await PoolHarness.start({ drainMs: DRAIN_MS });
  await pool.template({ ...templateOn(1), ...NETWORK });
  const began = pool.clock.monotonic();
  await pool.stop();
  assert.ok(pool.clock.monotonic() - began < 1_000);
});

Deno.test("who waits for an answer is asked after it, and a declarer is told like a miner", async () => {
  const pool = await PoolHarness.start({ drainMs: DRAIN_MS });
  await pool.template({ ...templateOn(1), ...NETWORK });
  const miner = await pool.connectMiner();
  const declarer = await pool.connectDeclarer();
  pool.verifier.hold = true;
  await miner.share();
  let stopped = false;
  const stopping = pool.pool.stop().finally(() => stopped = true);
  await pool.clock.advance(DRAIN_MS + 1_000);
  assert.equal(miner.heard(Reconnect).length, 0);
  assert.equal(declarer.heard(Reconnect).length, 1);
  pool.verifier.release();
  for (let i = 0; i < 200 && !stopped; i++) await pool.clock.advance(10);
  await stopping;
  assert.equal(miner.heard(SubmitSharesSuccess).length, 1);
  assert.equal(miner.heard(Reconnect).length, 1);
  await pool.store.close();
});

Deno.test("a handshake that ends during a drain finds nobody, also when work comes", async () => {
  const clock = new FakeClock();
  const closed: string[] = [];
  const server = new ConversationServer(() => assert.fail("it is served"), { clock });
  const draining = server.drain("the pool stops", DRAIN_MS);
  server.admit(true);
  await server.serve({ close: (reason: string) => void closed.push(reason) });
  assert.deepEqual(closed, ["the pool stops"]);
  await draining;
  server.stop("the pool stops");
});
