/** The limits of one peer, as a miner of each protocol meets them. */
import assert from "node:assert/strict";
import {
  OpenExtendedMiningChannelSuccess,
  OpenMiningChannelError,
  SubmitSharesError,
  SubmitSharesSuccess,
} from "../../../src/wire/protocol/mod.ts";
import {
  ANY_TARGET,
  type HarnessOptions,
  MINER_ADDRESS,
  PoolHarness,
  templateOn,
} from "../../support/pool_harness.ts";

const RIG = `${MINER_ADDRESS}.rig`;

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

Deno.test("SV2: a share over the limit is refused unverified, and answered by its number", () =>
  withPool({ maxSharesPerSecond: 3 }, async (pool) => {
    const miner = await pool.connectMiner();
    for (let share = 0; share < 4; share++) await miner.share();
    await pool.clock.advance(10);
    assert.deepEqual(
      miner.heard(SubmitSharesError).map((error) => [
        error.sequenceNumber,
        error.errorCode,
      ]),
      [[3, "rate-limited"]],
    );
    assert.equal(miner.heard(SubmitSharesSuccess).at(-1)?.lastSequenceNumber, 2);
    assert.equal(pool.verifier.calls, 3);
    assert.deepEqual(pool.conduct.limits, ["max_shares_per_second"]);
    assert.deepEqual(pool.faults, []);
    await pool.clock.advance(1_000);
    await miner.share();
    await pool.clock.advance(10);
    assert.equal(miner.heard(SubmitSharesSuccess).at(-1)?.lastSequenceNumber, 4);
  }));

Deno.test("V1: a share over the limit is refused unverified, and answered by its id", () =>
  withPool({ maxSharesPerSecond: 3 }, async (pool) => {
    const miner = await pool.connectStratum(RIG);
    const answers = [];
    for (let share = 0; share < 4; share++) answers.push(await miner.share());
    assert.deepEqual(answers.map((answer) => answer?.error?.[0] ?? null), [null, null, null, 20]);
    assert.equal(pool.verifier.calls, 3);
    assert.deepEqual(pool.conduct.limits, ["max_shares_per_second"]);
    assert.deepEqual(pool.faults, []);
  }));

Deno.test("a block passes the limit on shares", () =>
  withPool({ maxSharesPerSecond: 1 }, async (pool) => {
    const miner = await pool.connectMiner();
    await miner.share();
    await miner.share();
    assert.equal(miner.heard(SubmitSharesError).length, 1);
    await pool.template(templateOn(2, { target: ANY_TARGET }));
    await miner.share();
    assert.equal(pool.eventsOf("block_found").length, 0, "nothing is read from a flood");
    await pool.clock.advance(50);
    assert.equal(pool.eventsOf("block_found").length, 1);
  }));

Deno.test("no number of connections of one address can open every channel", () =>
  withPool({ channelsMax: 40 }, async (pool) => {
    let opened = 0;
    for (let connection = 0; connection < 20; connection++) {
      const miner = await pool.connect("203.0.113.7");
      await miner.setup();
      for (let channel = 0; channel < 10; channel++) await miner.open(RIG);
      opened += miner.heard(OpenExtendedMiningChannelSuccess).length;
    }
    assert.equal(opened, 20, "half of them");
    assert.ok(pool.conduct.limits.every((limit) => limit === "channels"));
    let others = 0;
    for (let address = 1; address <= 20; address++) {
      const miner = await pool.connectMiner(RIG, `198.51.100.${address}`);
      others += miner.heard(OpenExtendedMiningChannelSuccess).length;
    }
    assert.equal(others, 20, "one for each of those who come later");
  }));

Deno.test("who is banned at an address gets no channel there, and others do", () =>
  withPool({}, async (pool) => {
    pool.conduct.banned.add(`192.0.2.1 ${MINER_ADDRESS}`);
    const sv2 = await pool.connectMiner();
    assert.deepEqual(sv2.heard(OpenMiningChannelError).map(({ errorCode }) => errorCode), [
      "banned",
    ]);
    const v1 = await pool.connectStratum(RIG);
    assert.equal(v1.lines.at(-1)?.error?.[0], 24);
    const elsewhere = await pool.connectMiner(RIG, "192.0.2.2");
    assert.equal(elsewhere.heard(OpenExtendedMiningChannelSuccess).length, 1);
  }));

Deno.test("a connection on which nobody is let in is closed in time, and the limit is told", () =>
  withPool({}, async (pool) => {
    const v1 = await pool.connectLines();
    await v1.subscribe();
    const sv2 = await pool.connect();
    await pool.clock.advance(29_999);
    assert.equal(v1.connection.closeReason, undefined);
    await pool.clock.advance(2);
    assert.notEqual(v1.connection.closeReason, undefined);
    assert.equal(sv2.connection.send(new Uint8Array(6)), false);
    assert.deepEqual(pool.conduct.limits, ["connection_timeout_secs", "connection_timeout_secs"]);
  }));
