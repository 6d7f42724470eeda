import assert from "node:assert/strict";
import { hexToBytes, reversed } from "../../../../src/base/mod.ts";
import { targetOfDifficulty } from "../../../../src/chain/zcash/mod.ts";
import {
  ANY_TARGET,
  MINER_ADDRESS,
  PoolHarness,
  templateOn,
} from "../../../support/pool_harness.ts";

const RIG = `${MINER_ADDRESS}.rig`;

async function withPool(
  test: (pool: PoolHarness) => Promise<void>,
  options: Parameters<typeof PoolHarness.start>[0] = {},
): Promise<void> {
  const pool = await PoolHarness.start(options);
  try {
    await pool.template(templateOn(1));
    await test(pool);
  } finally {
    await pool.stop();
  }
}

Deno.test("a miner subscribes, authorizes, and then gets target and work, in this order", () =>
  withPool(async (pool) => {
    const miner = await pool.connectLines();
    await miner.subscribe();
    const [subscribed, ...more] = miner.lines;
    assert.equal(more.length, 0, "nothing but the answer comes before a worker is authorized");
    const [session, nonce1, ...others] = subscribed?.result as unknown[];
    assert.match(String(session), /^[0-9a-f]{16}$/);
    assert.match(String(nonce1), /^[0-9a-f]{8}$/);
    assert.deepEqual(others, []);

    await miner.authorize(RIG);
    const kinds = miner.lines.slice(1).map(({ method, result }) => method ?? result);
    assert.deepEqual(kinds, [true, "mining.set_target", "mining.notify"]);
    assert.equal(miner.target, targetOfDifficulty(1e-6));
    assert.equal(miner.job[1], "04000000");
    assert.equal(miner.job[7], true);
    assert.deepEqual(hexToBytes(miner.job[2]), templateOn(1).previousBlockHash);
  }));

Deno.test("a share of it is accepted, recorded for its worker, and answered by its id", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG);
    assert.deepEqual(await miner.share(), { id: 3, result: true, error: null });
    const [share, ...more] = pool.eventsOf("share_accepted");
    assert.deepEqual(share?.miner, { minerId: MINER_ADDRESS, workerName: "rig" });
    assert.equal(more.length, 0);
  }));

Deno.test("a new block's work is one line, the same bytes for every miner", () =>
  withPool(async (pool) => {
    const miners = [
      await pool.connectStratum(RIG),
      await pool.connectStratum(`${MINER_ADDRESS}.b`),
    ];
    const before = miners.map(({ connection }) => connection.sent.length);
    await pool.template(templateOn(2));
    const lines = miners.map(({ connection }, at) => connection.sent.slice(before[at]));
    assert.equal(lines[0]?.length, 1);
    assert.equal(lines[0]?.[0], lines[1]?.[0], "the very same array: encoded once");
    for (const miner of miners) {
      assert.equal(miner.job[7], true);
      assert.equal((await miner.share())?.result, true);
    }
  }));

Deno.test("a refresh on the same parent does not ask to drop work, and old work counts", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG);
    const [jobId, , , , , time] = miner.job;
    await pool.clock.advance(31_000);
    const [transaction] = templateOn(9).transactions;
    await pool.template({ ...templateOn(1), curTime: templateOn(1).curTime + 31 });
    assert.equal(transaction, undefined);
    assert.equal(miner.job[7], false);
    assert.notEqual(miner.job[0], jobId);
    assert.equal((await miner.share({ jobId, time }))?.result, true);
    assert.equal((await miner.share())?.result, true);
  }));

Deno.test("each fault has its error triple", () =>
  withPool(async (pool) => {
    const stranger = await pool.connectLines();
    assert.deepEqual((await stranger.authorize(RIG))?.error, [25, "Not subscribed", null]);
    const shareOf = { worker: RIG, jobId: "1", time: "00000000", nonce2: "00".repeat(28) };
    assert.equal((await stranger.share(shareOf))?.error?.[0], 25);
    await stranger.subscribe();
    assert.deepEqual((await stranger.share(shareOf))?.error, [24, "Unauthorized worker", null]);
    for (const user of ["", "nobody", "t1abc", `${MINER_ADDRESS}.${"x".repeat(65)}`, "\u{1f600}"]) {
      assert.equal((await stranger.authorize(user))?.error?.[0], 24, user);
    }

    const miner = await pool.connectStratum(RIG);
    const nonce2 = miner.nextNonce2();
    assert.equal((await miner.share({ nonce2 }))?.result, true);
    assert.deepEqual((await miner.share({ nonce2 }))?.error, [22, "Duplicate share", null]);
    assert.deepEqual((await miner.share({ jobId: "7fffffff" }))?.error, [
      21,
      "Job not found",
      null,
    ]);
    assert.equal((await miner.share({ nonce2: "00" }))?.error?.[0], 20);
    assert.equal((await miner.share({ time: "ffffffff" }))?.error?.[0], 20);
    assert.deepEqual(
      (await miner.share({ solution: "00".repeat(1_344) }))?.error,
      [20, "Invalid solution", null],
    );
    const { job } = miner;
    await pool.template(templateOn(2));
    assert.equal((await miner.share({ jobId: job[0], time: job[5] }))?.error?.[0], 21);
    assert.deepEqual(pool.faults.map(({ kind, code }) => `${kind} ${code}`), [
      "share nonce_length",
      "share invalid_solution",
    ]);
  }));

Deno.test("a share above its job's target is low, whatever was asked for since", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG, "d=1000");
    await pool.template(templateOn(2));
    assert.equal(miner.target, targetOfDifficulty(1000));
    assert.deepEqual((await miner.share())?.error, [23, "Low difficulty share", null]);
  }));

Deno.test("workers of one connection are told apart by the submit's name", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG);
    const other = `${MINER_ADDRESS}.second`;
    assert.equal((await miner.authorize(other))?.result, true);
    await miner.share();
    await miner.share({ worker: other });
    assert.deepEqual(
      pool.eventsOf("share_accepted").map(({ miner }) => miner.workerName),
      ["rig", "second"],
    );
    // A developer-fee miner's name: the share is lost, the connection is not.
    assert.equal((await miner.share({ worker: "t1dev.fee" }))?.error?.[0], 24);
    assert.deepEqual(
      pool.eventsOf("share_rejected").map(({ miner }) => miner),
      [undefined],
      "and nobody's refused shares grow by it",
    );
    assert.equal((await miner.share())?.result, true);
    assert.equal(miner.connection.closeReason, undefined);
  }));

Deno.test("workers of one connection are bounded", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(`${MINER_ADDRESS}.0`);
    const names = Array.from({ length: 255 }, (_, at) => `${MINER_ADDRESS}.${at + 1}`);
    await miner.raw(...names.map((name, at) =>
      JSON.stringify({ id: 1_000 + at, method: "mining.authorize", params: [name, "x"] })
    ));
    assert.equal(miner.answer(1_254)?.result, true);
    assert.match(String((await miner.authorize(`${MINER_ADDRESS}.256`))?.error?.[1]), /too many/);
  }));

Deno.test("a connection that authorizes nobody and keeps submitting is closed", () =>
  withPool(async (pool) => {
    const miner = await pool.connectLines();
    await miner.subscribe();
    const share = { worker: RIG, jobId: "1", time: "00000000", nonce2: "00".repeat(28) };
    for (let at = 0; at < 15; at++) await miner.share(share);
    assert.equal(miner.connection.closeReason, undefined);
    await miner.share(share);
    assert.match(String(miner.connection.closeReason), /no worker was authorized/);
    assert.deepEqual(pool.faults.map(({ code }) => code), ["stray-shares"]);
  }));

Deno.test("a connection without a worker is closed in time, one with a worker stays", () =>
  withPool(async (pool) => {
    const silent = await pool.connectLines();
    await silent.subscribe();
    const miner = await pool.connectStratum(RIG);
    await pool.clock.advance(30_000);
    assert.equal(silent.connection.closeReason, "no worker authorized in time");
    assert.equal(miner.connection.closeReason, undefined);
  }));

Deno.test("a prefix that was told and never used is free again, and none is told twice", () =>
  withPool(async (pool) => {
    for (let at = 0; at < 5; at++) {
      const miner = await pool.connectLines();
      await miner.subscribe();
      const told = miner.nonce1;
      await miner.subscribe();
      assert.equal(miner.nonce1, told, "asked again, a connection keeps its prefix");
      miner.connection.close("gone");
    }
    assert.equal(pool.pool.channelCount, 0);
    const miners = [await pool.connectStratum(RIG), await pool.connectStratum(RIG)];
    assert.notEqual(miners[0]?.nonce1, miners[1]?.nonce1);
  }, { channelsMax: 3 }));

Deno.test("without room a miner is told so and closed", () =>
  withPool(async (pool) => {
    await pool.connectStratum(RIG);
    const late = await pool.connectLines();
    await late.subscribe();
    assert.deepEqual(late.lines[0]?.error, [20, "The pool is full: try again later", null]);
    assert.notEqual(late.connection.closeReason, undefined);
  }, { channelsMax: 1 }));

Deno.test("methods that miners try are answered and close nothing", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG);
    const rows: readonly [string, unknown][] = [
      ["mining.extranonce.subscribe", true],
      ["mining.multi_version", true],
      ["mining.get_transactions", []],
      ["mining.ping", "pong"],
      ["client.get_version", "zcash-pool/test"],
    ];
    for (const [method, result] of rows) {
      assert.deepEqual((await miner.request(method, []))?.result, result, method);
    }
    assert.deepEqual((await miner.request("mining.configure", []))?.error?.[0], -32601);
    await miner.raw('{"id":9,"result":true,"error":null}');
    assert.equal(miner.connection.closeReason, undefined);
  }));

Deno.test("what cannot be answered ends the connection and is reported", () =>
  withPool(async (pool) => {
    for (const line of ["not json", "[]", '{"method":"nonsense"}']) {
      const miner = await pool.connectStratum(RIG);
      await miner.raw(line);
      assert.notEqual(miner.connection.closeReason, undefined, line);
    }
    assert.deepEqual(pool.faults.map(({ kind, code }) => `${kind} ${code}`), [
      "message not-json",
      "message batch-length",
      "message no-id",
    ]);
  }));

Deno.test("a connection that waits while there is no work gets it when it comes", async () => {
  const pool = await PoolHarness.start();
  try {
    const miner = await pool.connectStratum(RIG);
    assert.deepEqual(miner.notices("mining.notify"), []);
    await pool.template(templateOn(1));
    assert.equal((await miner.share())?.result, true);
  } finally {
    await pool.stop();
  }
});

Deno.test("a block is found and sent, also by a share that would be stale", () =>
  withPool(async (pool) => {
    const easy = (1n << 256n) - 1n;
    await pool.template(templateOn(2, { target: easy }));
    const miner = await pool.connectStratum(RIG);
    const { job } = miner;
    assert.equal((await miner.share())?.result, true);
    assert.equal(pool.submitted.length, 1);
    await pool.template(templateOn(3, { target: easy }));
    const stale = await miner.share({ jobId: job[0], time: job[5] });
    assert.equal(stale?.error?.[0], 21);
    assert.equal(pool.submitted.length, 2, "the miner may still be right about the tip");
  }));

Deno.test("no job of a live parent is forgotten because others followed it", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG);
    const [jobId, , , , , time] = miner.job;
    for (let at = 1; at <= 40; at++) {
      await pool.clock.advance(31_000);
      await pool.template({ ...templateOn(1), curTime: templateOn(1).curTime + at });
    }
    assert.equal((await miner.share({ jobId, time }))?.result, true);
  }));

Deno.test("at the cap of liability miners are told why and closed, and none is let in", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG);
    pool.pool.limitLiability(true);
    assert.match(String(miner.notices("client.show_message")[0]?.[0]), /takes no further work/);
    assert.notEqual(miner.connection.closeReason, undefined);
    const late = await pool.connectLines();
    await late.subscribe();
    assert.equal((await late.authorize(RIG))?.error?.[0], 20);
  }));

Deno.test("a pool that stops asks its miners to come back to the same address", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const miner = await pool.connectStratum(RIG);
  await pool.stop();
  assert.deepEqual(miner.notices("client.reconnect"), [[]]);
  assert.notEqual(miner.connection.closeReason, undefined);
});

Deno.test("one miner on both protocols is one account", () =>
  withPool(async (pool) => {
    const old = await pool.connectStratum(RIG);
    const modern = await pool.connectMiner(RIG);
    await old.share();
    await modern.share();
    const [first, second] = pool.eventsOf("share_accepted");
    assert.deepEqual(first?.miner, second?.miner);
    assert.notEqual(old.nonce1, undefined);
    assert.notDeepEqual(hexToBytes(old.nonce1), modern.job.nonce1);
  }));

Deno.test("the share that is accepted is of the header that the miner was told", () =>
  withPool(async (pool) => {
    const miner = await pool.connectStratum(RIG);
    const headers: Uint8Array[] = [];
    const { verify } = pool.verifier;
    pool.verifier.verify = (request) => {
      headers.push(request.header);
      return verify.call(pool.verifier, request);
    };
    const nonce2 = "0102".padEnd(56, "0");
    await miner.share({ nonce2 });
    const [, version, prevhash, merkleroot, reserved, time, bits] = miner.job;
    const told = [version, prevhash, merkleroot, reserved, time, bits, miner.nonce1, nonce2].join(
      "",
    );
    assert.deepEqual(headers[0]?.subarray(0, 140), hexToBytes(told));
    assert.equal(reversed(hexToBytes(prevhash)).length, 32);
  }));

Deno.test("a block under the name of a worker that is not authorized is not lost", () =>
  withPool(async (pool) => {
    await pool.template(templateOn(2, { target: ANY_TARGET }));
    const miner = await pool.connectStratum(RIG);
    const answer = await miner.share({ worker: `${MINER_ADDRESS}.fee` });
    assert.deepEqual(answer?.error, [24, "Unauthorized worker", null]);
    assert.equal(pool.submitted.length, 1);
    assert.equal(pool.pool.totals.accepted, 0, "it earns nothing");
  }));

Deno.test("coinbase=yes in the password is #coinbase behind the user, and the answer tells more", async () => {
  const harness = await PoolHarness.start();
  await harness.template(templateOn(1));
  harness.loginNotice = "This pool pays you in the coinbase of its blocks.";
  const miner = await harness.connectLines();
  await miner.subscribe();
  // The harness's directory knows no consent: what it is asked is seen by what it refuses.
  await miner.authorize("nobody", "d=2,coinbase=yes");
  assert.equal(harness.refusedLogins[0]?.userIdentity, "nobody#coinbase");
  assert.deepEqual(miner.notices("client.show_message"), []);
  assert.equal((await miner.authorize(`${MINER_ADDRESS}.rig`))?.result, true);
  assert.equal((await miner.authorize(`${MINER_ADDRESS}.rig2`))?.result, true);
  assert.deepEqual(miner.notices("client.show_message"), [
    [harness.loginNotice],
    [harness.loginNotice],
  ]);
  await harness.stop();
});
