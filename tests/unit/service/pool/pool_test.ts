import assert from "node:assert/strict";
import { equalBytes } from "../../../../src/base/mod.ts";
import {
  ErrorCode,
  NewEquihashJob,
  SubmitSharesError,
  SubmitSharesSuccess,
} from "../../../../src/wire/protocol/mod.ts";
import { sha256d } from "../../../../src/chain/zcash/mod.ts";
import { madeTransaction } from "../../../support/block_templates.ts";
import { settle } from "../../../support/fake_clock.ts";
import { ANY_TARGET, PoolHarness, templateOn } from "../../../support/pool_harness.ts";

const EASY_NETWORK = ANY_TARGET;

Deno.test("refreshes on one parent go out at most every 30 seconds, the newest one then", async () => {
  const pool = await PoolHarness.start();
  const transactions = [madeTransaction(1)];
  await pool.template(templateOn(1, { transactions }));
  const miner = await pool.connectMiner();
  const jobs = (): number => miner.heard(NewEquihashJob).length;
  assert.equal(jobs(), 1);
  for (let serial = 2; serial <= 5; serial++) {
    await pool.template(templateOn(1, { transactions: [madeTransaction(serial)] }));
  }
  assert.equal(jobs(), 1);
  await pool.clock.advance(30_000);
  assert.equal(jobs(), 2);
  assert.equal(miner.job.cleanJobs, false);
  await pool.stop();
});

Deno.test("on a quiet chain jobs get a newer time every 30 seconds, and no later one than is allowed", async () => {
  const pool = await PoolHarness.start();
  const template = templateOn(1);
  await pool.template({ ...template, maxTime: template.curTime + 100 });
  const miner = await pool.connectMiner();
  const seen: number[] = [];
  for (let turn = 0; turn < 6; turn++) {
    seen.push(miner.job.time - template.curTime);
    assert.equal(miner.job.cleanJobs, turn === 0);
    await pool.clock.advance(30_000);
  }
  assert.deepEqual(seen, [0, 30, 60, 90, 100, 100]);
  const first = miner.heard(NewEquihashJob)[0];
  await miner.share({ jobId: first?.jobId ?? 0 });
  await pool.clock.advance(5);
  assert.equal(miner.heard(SubmitSharesSuccess).length, 1, "the older ones live on");
  await pool.stop();
});

Deno.test("the first full template after an empty one does not wait", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  await pool.template(templateOn(1, { transactions: [madeTransaction(1)] }));
  assert.equal(miner.heard(NewEquihashJob).length, 2);
  assert.equal(miner.job.cleanJobs, false);
  await pool.stop();
});

Deno.test("an answer of the node with the same parent kills no job, whatever it is called", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  const { jobId } = miner.job;
  // On test networks such answers come every five seconds, and say submitold: false.
  for (let i = 0; i < 10; i++) {
    await pool.clock.advance(5_000);
    await pool.template(templateOn(1));
  }
  assert.ok(miner.heard(NewEquihashJob).slice(1).every((job) => !job.cleanJobs));
  await miner.share({ jobId });
  await pool.clock.advance(5);
  assert.equal(miner.heard(SubmitSharesSuccess).length, 1);
  await pool.stop();
});

Deno.test("without a usable node for 120 seconds work is withdrawn and miners are sent away", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  await pool.unusable();
  await pool.clock.advance(119_000);
  assert.equal(miner.connection.closeReason, undefined);
  await pool.clock.advance(1_000);
  assert.ok(miner.connection.closeReason !== undefined);
  const names = miner.received.map(({ type }) => type.name);
  assert.equal(names.at(-1), NewEquihashJob.name, "no message says so");
  assert.equal(pool.pool.height, undefined);
  const late = await pool.connect();
  assert.ok(late.connection.closeReason !== undefined);
  await pool.template(templateOn(1));
  const back = await pool.connectMiner();
  assert.equal(back.heard(NewEquihashJob).length, 1);
  await pool.stop();
});

Deno.test("our own standstill withdraws no work that the node still stands by", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  await pool.unusable();
  pool.clock.standStill(600_000);
  await pool.clock.advance(0);
  assert.equal(miner.connection.closeReason, undefined);
  await pool.template(templateOn(1));
  await pool.clock.advance(200_000);
  assert.equal(miner.connection.closeReason, undefined);
  await pool.stop();
});

Deno.test("the time in which we could not ask withdraws no work either", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  pool.clock.standStill(600_000);
  await pool.unusable({ sinceMs: 605_000 });
  await pool.clock.advance(9_000);
  assert.equal(miner.connection.closeReason, undefined);
  await pool.clock.advance(1_000);
  assert.ok(miner.connection.closeReason !== undefined);
  await pool.stop();
});

Deno.test("work on a parent that the node has left is void at once", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  await pool.unusable({ parentLost: true });
  await miner.share();
  assert.equal(miner.heard(SubmitSharesError).at(-1)?.errorCode, ErrorCode.staleShare);
  assert.equal(miner.connection.closeReason, undefined);
  await pool.stop();
});

Deno.test("a refresh that waits for its turn dies with its parent", async () => {
  const lost: ((pool: PoolHarness) => Promise<void>)[] = [
    (pool) => pool.unusable({ parentLost: true }),
    (pool) => pool.template({ ...templateOn(2), merkleRoot: new Uint8Array(32) }),
  ];
  for (const lose of lost) {
    const pool = await PoolHarness.start();
    await pool.template(templateOn(1));
    const miner = await pool.connectMiner();
    // The same parent a moment later: it would go out 30 seconds after the first.
    await pool.template(templateOn(1));
    await lose(pool);
    const jobs = miner.heard(NewEquihashJob).length;
    await pool.clock.advance(60_000);
    assert.equal(miner.heard(NewEquihashJob).length, jobs, "no work on a parent that is gone");
    assert.equal(pool.pool.height, undefined);
    await miner.share();
    assert.equal(miner.heard(SubmitSharesError).at(-1)?.errorCode, ErrorCode.staleShare);
    await pool.stop();
  }
});

Deno.test("a pool that never had work sends miners away after 120 seconds", async () => {
  const pool = await PoolHarness.start();
  const miner = await pool.connectMiner();
  assert.equal(miner.connection.closeReason, undefined);
  await pool.clock.advance(120_000);
  assert.ok(miner.connection.closeReason !== undefined);
  await pool.stop();
});

Deno.test("a template that does not add up stops the work on the older parent at once", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  const { jobId } = miner.job;
  await pool.template({ ...templateOn(2), merkleRoot: new Uint8Array(32) });
  assert.equal(pool.pool.height, undefined);
  await miner.share({ jobId });
  assert.equal(miner.heard(SubmitSharesError).at(-1)?.errorCode, ErrorCode.staleShare);
  await pool.stop();
});

Deno.test("a refused refresh on the same parent leaves the good job alive", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  await pool.template({ ...templateOn(1), merkleRoot: new Uint8Array(32) });
  await miner.share();
  await pool.clock.advance(5);
  assert.equal(miner.heard(SubmitSharesSuccess).length, 1);
  await pool.stop();
});

Deno.test("a share that meets the network's target is submitted, recorded and credited once", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1, { target: EASY_NETWORK }));
  const miner = await pool.connectMiner();
  await miner.share();
  await pool.clock.advance(5);
  assert.equal(pool.submitted.length, 1);
  const block = pool.submitted[0] as Uint8Array;
  const [found] = pool.eventsOf("block_found");
  assert.ok(found !== undefined && equalBytes(found.hash, sha256d(block.subarray(0, 1_487))));
  assert.equal(miner.heard(SubmitSharesSuccess)[0]?.newSubmitsAcceptedCount, 1);
  await pool.clock.advance(20_000);
  const [record] = await pool.store.blocks(10);
  assert.equal(record?.state, "accepted");
  assert.equal(pool.pool.totals.blocksAccepted, 1);
  await pool.stop();
});

Deno.test("a block passes a full verifier and goes out although its job has just died", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1, { target: EASY_NETWORK }));
  const miner = await pool.connectMiner();
  const { jobId } = miner.job;
  await pool.template(templateOn(2));
  pool.verifier.full = true;
  await miner.share({ jobId });
  await settle();
  assert.equal(pool.submitted.length, 1);
  assert.equal(miner.heard(SubmitSharesError).at(-1)?.errorCode, ErrorCode.staleShare);
  assert.equal(pool.pool.totals.accepted, 0);
  await miner.share({ jobId, nonce2: new Uint8Array(28).fill(9) });
  assert.equal(pool.submitted.length, 2);
  await pool.stop();
});

Deno.test("one block sent twice is submitted once", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1, { target: EASY_NETWORK }));
  const miner = await pool.connectMiner();
  pool.verifier.hold = true;
  const nonce2 = new Uint8Array(28).fill(3);
  await miner.share({ nonce2 });
  await miner.share({ nonce2 });
  for (const { settle: done } of pool.verifier.held) done(true);
  await settle();
  assert.equal(pool.submitted.length, 1);
  assert.equal(pool.eventsOf("block_found").length, 1);
  await pool.stop();
});

Deno.test("what is credited is the expected value of the target that the job was sent with", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1, { target: (1n << 240n) - 1n }));
  const miner = await pool.connectMiner();
  await miner.share();
  await pool.clock.advance(5);
  const [event] = pool.eventsOf("share_accepted");
  assert.ok(event !== undefined);
  await pool.writer.flush();
  const totals = await pool.store.totals();
  assert.equal(totals.shares, 1);
  assert.equal(totals.creditPicoZat, event.creditPicoZat);
  assert.ok(event.creditPicoZat > 0n);
  await pool.stop();
});

Deno.test("a stop that loses accepted shares ends everything and says so", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  await pool.store.close();
  await miner.share();
  assert.equal(pool.pool.totals.accepted, 1);
  const told = assert.rejects(pool.pool.stop(), /1 accepted shares are lost/);
  await pool.clock.advance(60_000);
  await told;
  assert.notEqual(miner.connection.closeReason, undefined);
  assert.equal(pool.clock.pending, 0);
});
