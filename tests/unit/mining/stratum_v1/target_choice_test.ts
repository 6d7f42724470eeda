/**
 * One header, one target, over Stratum V1: most miners' prefix cannot change, so that a new target has
 * to wait until the headers are others. Each test is a way to get one header under two targets.
 */
import assert from "node:assert/strict";
import { targetOfDifficulty } from "../../../../src/chain/zcash/mod.ts";
import { MINER_ADDRESS, PoolHarness, templateOn } from "../../../support/pool_harness.ts";
import type { StratumMiner } from "../../../support/stratum_miner.ts";

const RIG = `${MINER_ADDRESS}.rig`;
/** Powers of two: what miners ask for is rounded to twelve bits. */
const EASY = targetOfDifficulty(1 / 128);
const HARD = targetOfDifficulty(1024);

function digits(target: bigint): string {
  return target.toString(16).padStart(64, "0");
}

async function withPool(test: (pool: PoolHarness) => Promise<void>): Promise<void> {
  const pool = await PoolHarness.start({ initialDifficulty: 1 / 128 });
  try {
    await pool.template(templateOn(1));
    await test(pool);
  } finally {
    await pool.stop();
  }
}

/** Every header that a miner can make of its jobs, without time and NONCE_2, with its targets. */
function targetsByHeader(...miners: readonly StratumMiner[]): Map<string, Set<string>> {
  const targets = new Map<string, Set<string>>();
  for (const miner of miners) {
    let target = "";
    let nonce1 = "";
    for (const { method, params = [], result } of miner.lines) {
      if (Array.isArray(result)) nonce1 = String(result[1]);
      if (method === "mining.set_extranonce") nonce1 = String(params[0]);
      if (method === "mining.set_target") target = String(params[0]);
      if (method !== "mining.notify") continue;
      const [, version, prevhash, merkleroot, reserved, , bits] = params;
      const header = [version, prevhash, merkleroot, reserved, bits, nonce1].join();
      targets.set(header, (targets.get(header) ?? new Set()).add(target));
    }
  }
  return targets;
}

function assertOneTarget(...miners: readonly StratumMiner[]): void {
  for (const [header, targets] of targetsByHeader(...miners)) {
    assert.equal(targets.size, 1, `${header} has the targets ${[...targets].join(" ")}`);
  }
}

Deno.test("a suggested target waits for the next parent, and then holds", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG);
    assert.equal(miner.target, EASY);
    for (const target of [HARD, EASY, HARD]) {
      assert.equal((await miner.request("mining.suggest_target", [digits(target)]))?.result, true);
      await pool.clock.advance(2_000);
      await pool.template({ ...templateOn(1), curTime: templateOn(1).curTime + 1 });
    }
    assert.equal(miner.target, EASY, "the headers in hand keep their target");
    await pool.template(templateOn(2));
    assert.equal(miner.target, HARD);
    assert.equal(miner.notices("mining.notify").at(-1)?.[7], true);
    assertOneTarget(miner);
  }));

Deno.test("back on a parent that it had before, a miner has the target that it had there", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG);
    await miner.request("mining.suggest_target", [digits(HARD)]);
    await pool.template(templateOn(2));
    assert.equal(miner.target, HARD);
    await pool.clock.advance(2_000);
    await pool.template(templateOn(1));
    assert.equal(miner.target, EASY, "the same headers as before");
    await pool.template(templateOn(2));
    assert.equal(miner.target, HARD);
    assertOneTarget(miner);
  }));

Deno.test("a miner that takes another prefix has another target at once, on other headers", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG);
    await miner.request("mining.extranonce.subscribe");
    const before = { nonce1: miner.nonce1, job: miner.job };
    await pool.clock.advance(2_000);
    await miner.request("mining.suggest_target", [digits(HARD)]);
    await pool.clock.advance(2_000);
    assert.equal(miner.target, HARD);
    assert.notEqual(miner.nonce1, before.nonce1);
    assert.notEqual(miner.job[0], before.job[0]);
    const order = miner.lines.slice(-3).map(({ method }) => method);
    assert.deepEqual(order, ["mining.set_extranonce", "mining.set_target", "mining.notify"]);
    assertOneTarget(miner);
  }));

Deno.test("reconnecting, with d= or without, begins on other headers", () =>
  withPool(async (pool) => {
    const first = await pool.connectStratum(RIG, "d=0.0078125");
    const second = await pool.connectStratum(RIG, "d=1024");
    first.connection.close("gone");
    const third = await pool.connectStratum(RIG, "d=1024");
    await pool.template(templateOn(2));
    assertOneTarget(first, second, third);
    assert.deepEqual([second.target, third.target], [HARD, HARD]);
  }));

/**
 * NONCE_1 is told before the target is chosen, and another session knows the headers: what was found
 * by then must be worth what everybody's first job is worth.
 */
Deno.test("who knows its prefix before it names a target has the port's own for the first job", () =>
  withPool(async (pool) => {
    const informer = await pool.connectStratum(RIG);
    const ways: readonly ((miner: StratumMiner) => Promise<unknown>)[] = [
      (miner) => miner.authorize(RIG, "d=1024"),
      (miner) => miner.authorize(RIG, "md=1024"),
      async (miner) => {
        await miner.request("mining.suggest_target", [digits(HARD)]);
        await miner.authorize(RIG);
      },
    ];
    const miners: StratumMiner[] = [];
    for (const authorize of ways) {
      const miner = await pool.connectLines();
      await miner.subscribe();
      // Here it searches the headers of the other session's job with its own prefix.
      await authorize(miner);
      assert.deepEqual(miner.job, informer.job, "the headers that it has searched");
      assert.equal(miner.target, EASY);
      await pool.clock.advance(2_000);
      await pool.template({ ...templateOn(1), curTime: templateOn(1).curTime + 1 });
      assert.equal(miner.target, EASY, "they come again, with another time");
      miners.push(miner);
    }
    await pool.template(templateOn(2));
    for (const miner of miners) assert.equal(miner.target, HARD);
    assertOneTarget(...miners);
  }));

Deno.test("a wished target comes at once where the prefix may change, on other headers", () =>
  withPool(async (pool) => {
    const early = await pool.connectLines();
    await early.subscribe();
    await early.request("mining.extranonce.subscribe");
    await early.authorize(RIG, "d=1024");
    const late = await pool.connectStratum(RIG, "d=1024");
    await late.request("mining.extranonce.subscribe");
    for (const miner of [early, late]) {
      assert.equal(miner.target, HARD);
      assert.deepEqual(
        miner.notices("mining.set_target").map(([target]) => target),
        [digits(EASY), digits(HARD)],
      );
      assert.equal(miner.notices("mining.set_extranonce").length, 1);
      assertOneTarget(miner);
    }
  }));

Deno.test("one miner over both protocols never has one header twice", () =>
  withPool(async (pool) => {
    const old = await pool.connectStratum(RIG, "d=1024");
    const modern = await pool.connectMiner(RIG);
    const nonces = [old.nonce1, [...modern.job.nonce1].join()];
    assert.notEqual(nonces[0], nonces[1]);
  }));

Deno.test("an honest share in flight keeps the target of its job", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG, "d=0.000001");
    await pool.template(templateOn(2));
    assert.equal(miner.target, (1n << 256n) - 1n, "every header is a share");
    const { job } = miner;
    await miner.request("mining.extranonce.subscribe");
    await pool.clock.advance(2_000);
    await miner.request("mining.suggest_target", [digits(HARD)]);
    await pool.clock.advance(2_000);
    assert.equal(miner.target, HARD);
    assert.notEqual(miner.job[0], job[0]);
    // Found on the earlier job, with the earlier prefix, before the target came.
    assert.equal((await miner.share({ jobId: job[0], time: job[5] }))?.result, true);
  }));

Deno.test("a fixed difficulty stays, and does not hold in a burst", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG, "x,d=0.000001");
    await pool.template(templateOn(2));
    await miner.request("mining.extranonce.subscribe");
    const start = miner.target;
    for (let minute = 0; minute < 6; minute++) {
      await miner.shares(10);
      await pool.clock.advance(60_000);
    }
    assert.equal(miner.target, start, "twice the wanted pace is the miner's own affair");
    await miner.shares(2_000);
    await pool.clock.advance(2_000);
    assert(miner.target !== undefined && start !== undefined && miner.target < start);
  }));

Deno.test("md= holds against vardiff, which makes a silent miner's work easier", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG, "md=0.0078125");
    for (let parent = 2; parent < 30; parent++) {
      await pool.clock.advance(60_000);
      await pool.template(templateOn(parent));
    }
    assert.equal(miner.target, EASY);
  }));

Deno.test("md= holds against the miner's own suggestion of an easier target", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG, "md=0.0078125");
    await miner.request("mining.suggest_target", ["f".repeat(64)]);
    await pool.clock.advance(2_000);
    await pool.template(templateOn(2));
    assert.equal(miner.target, EASY);
  }));
