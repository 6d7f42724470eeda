import assert from "node:assert/strict";
import { u256FromLe, u256ToLe } from "../../../../src/base/mod.ts";
import {
  CloseChannel,
  ErrorCode,
  EXTENSION_EQUIHASH,
  NewEquihashJob,
  OpenExtendedMiningChannel,
  OpenExtendedMiningChannelSuccess,
  OpenMiningChannelError,
  OpenStandardMiningChannel,
  OpenStandardMiningChannelSuccess,
  Reconnect,
  RequestExtensions,
  RequestExtensionsError,
  RequestExtensionsSuccess,
  SetExtranoncePrefix,
  SetTarget,
  SetupConnectionError,
  SetupConnectionSuccess,
  SubmitSharesError,
  SubmitSharesSuccess,
  UpdateChannel,
  UpdateChannelError,
} from "../../../../src/wire/protocol/mod.ts";
import { targetOfDifficulty } from "../../../../src/chain/zcash/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import {
  MINER_ADDRESS,
  numberedBytes,
  PoolHarness,
  setupFrame,
  templateOn,
} from "../../../support/pool_harness.ts";
import { encodeFrame } from "../../../support/encode_frame.ts";

function poolTest(name: string, run: (pool: PoolHarness) => Promise<void>): void {
  Deno.test(name, async () => {
    const pool = await PoolHarness.start();
    try {
      await run(pool);
    } finally {
      await pool.stop();
    }
  });
}

poolTest("a miner is taken from SetupConnection to a job", async (pool) => {
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  assert.deepEqual(miner.heard(SetupConnectionSuccess), [{ usedVersion: 2, flags: 1 }]);
  assert.deepEqual(miner.heard(RequestExtensionsSuccess), [
    { requestId: 1, supportedExtensions: [EXTENSION_EQUIHASH] },
  ]);
  const [opened] = miner.heard(OpenExtendedMiningChannelSuccess);
  assert.ok(opened !== undefined);
  assert.equal(opened.extranoncePrefix.length, 4);
  assert.equal(opened.extranonceSize, 28);
  assert.notEqual(opened.channelId, opened.groupChannelId);
  const { job } = miner;
  assert.equal(job.channelId, opened.channelId);
  assert.deepEqual(job.nonce1, opened.extranoncePrefix);
  assert.deepEqual(job.target, opened.target);
  assert.equal(job.cleanJobs, true);
  assert.ok(job.jobId < 2 ** 31);
});

for (
  const [what, frame, errorCode, flags] of [
    ["job declaration", setupFrame({ protocol: 1 }), ErrorCode.unsupportedProtocol, 0],
    [
      "version 1",
      setupFrame({ minVersion: 1, maxVersion: 1 }),
      ErrorCode.protocolVersionMismatch,
      0,
    ],
    [
      "version 3",
      setupFrame({ minVersion: 3, maxVersion: 3 }),
      ErrorCode.protocolVersionMismatch,
      0,
    ],
    [
      "every flag",
      setupFrame({ flags: 0xffff_ffff }),
      ErrorCode.unsupportedFeatureFlags,
      0xffff_fffe,
    ],
  ] as const
) {
  poolTest(`SetupConnection for ${what} is refused by its code and ends`, async (pool) => {
    const client = await pool.connect();
    await client.send(frame);
    assert.deepEqual(client.heard(SetupConnectionError), [{ flags, errorCode }]);
    assert.ok(client.connection.closeReason !== undefined);
  });
}

poolTest("a client that begins with anything but SetupConnection is dropped", async (pool) => {
  for (
    const frame of [
      RequestExtensions.encode({ requestId: 1, requestedExtensions: [EXTENSION_EQUIHASH] }),
      encodeFrame({
        extensionType: 0,
        channelMsg: false,
        msgType: 0x77,
        payload: new Uint8Array(),
      }),
    ]
  ) {
    const client = await pool.connect();
    await client.send(frame);
    assert.equal(client.received.length, 0);
    assert.ok(client.connection.closeReason !== undefined);
  }
});

poolTest("a second SetupConnection ends the connection", async (pool) => {
  const client = await pool.connect();
  await client.send(setupFrame());
  await client.send(setupFrame());
  assert.ok(client.connection.closeReason !== undefined);
});

poolTest("unknown messages and foreign extensions are passed over", async (pool) => {
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  for (const extensionType of [0, 0x1234]) {
    await miner.send(
      encodeFrame({ extensionType, channelMsg: false, msgType: 0x7f, payload: new Uint8Array(9) }),
    );
  }
  await miner.share();
  await pool.clock.advance(5);
  assert.equal(miner.heard(SubmitSharesSuccess).length, 1);
});

poolTest("without the Equihash extension no channel is opened", async (pool) => {
  const client = await pool.connect();
  await client.send(setupFrame());
  await client.send(RequestExtensions.encode({ requestId: 3, requestedExtensions: [2] }));
  assert.deepEqual(client.heard(RequestExtensionsError), [
    { requestId: 3, unsupportedExtensions: [2], requiredExtensions: [EXTENSION_EQUIHASH] },
  ]);
  await client.open(MINER_ADDRESS);
  assert.deepEqual(client.heard(OpenMiningChannelError), [
    { requestId: 7, errorCode: ErrorCode.extensionNotNegotiated },
  ]);
});

poolTest("a channel is refused by the code that says why", async (pool) => {
  const client = await pool.connect();
  await client.setup();
  const refusals: [string, Parameters<typeof client.open>[1], string][] = [
    ["t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY", {}, ErrorCode.invalidUserIdentity],
    ["", {}, ErrorCode.invalidUserIdentity],
    [`${MINER_ADDRESS}.<script>`, {}, ErrorCode.invalidUserIdentity],
    [MINER_ADDRESS, { nominalHashRate: NaN }, ErrorCode.invalidNominalHashrate],
    [MINER_ADDRESS, { nominalHashRate: -1 }, ErrorCode.invalidNominalHashrate],
    [MINER_ADDRESS, { nominalHashRate: Infinity }, ErrorCode.invalidNominalHashrate],
    [MINER_ADDRESS, { nominalHashRate: 3e38 }, ErrorCode.invalidNominalHashrate],
    [MINER_ADDRESS, { maxTarget: new Uint8Array(32) }, ErrorCode.maxTargetOutOfRange],
    [MINER_ADDRESS, { minExtranonceSize: 29 }, ErrorCode.minExtranonceSizeTooLarge],
  ];
  for (const [userIdentity, wish, errorCode] of refusals) {
    const before = client.heard(OpenMiningChannelError).length;
    await client.open(userIdentity, wish);
    assert.equal(client.heard(OpenMiningChannelError)[before]?.errorCode, errorCode, userIdentity);
  }
  assert.equal(client.connection.closeReason, undefined);
});

poolTest(
  "standard and extended channels live on one connection with prefixes of their own",
  async (pool) => {
    await pool.template(templateOn(1));
    const miner = await pool.connectMiner();
    await miner.send(OpenStandardMiningChannel.encode({
      requestId: 8,
      userIdentity: `${MINER_ADDRESS}.second`,
      nominalHashRate: 0,
      maxTarget: new Uint8Array(32).fill(0xff),
    }));
    const [extended] = miner.heard(OpenExtendedMiningChannelSuccess);
    const [standard] = miner.heard(OpenStandardMiningChannelSuccess);
    assert.notEqual(standard?.channelId, extended?.channelId);
    assert.notDeepEqual(standard?.extranoncePrefix, extended?.extranoncePrefix);
    await pool.template(templateOn(2));
    const jobs = miner.heard(NewEquihashJob).slice(-2);
    assert.deepEqual(new Set(jobs.map((job) => job.channelId)).size, 2);
    assert.equal(new Set(jobs.map((job) => job.jobId)).size, 2);
  },
);

poolTest("closing a channel frees its place, closing the group closes all", async (pool) => {
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  await miner.open(`${MINER_ADDRESS}.two`);
  const [first, second] = miner.heard(OpenExtendedMiningChannelSuccess);
  assert.ok(first !== undefined && second !== undefined);
  await miner.send(CloseChannel.encode({ channelId: first.channelId, reasonCode: "done" }));
  assert.equal(pool.pool.channelCount, 1);
  await miner.share({ channelId: first.channelId });
  assert.equal(miner.heard(SubmitSharesError).at(-1)?.errorCode, ErrorCode.invalidChannelId);
  await miner.send(CloseChannel.encode({ channelId: second.groupChannelId, reasonCode: "done" }));
  assert.equal(pool.pool.channelCount, 0);
});

poolTest("accepted shares are acknowledged together after two milliseconds", async (pool) => {
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  await miner.share();
  await miner.share();
  const last = await miner.share();
  assert.equal(miner.heard(SubmitSharesSuccess).length, 0);
  await pool.clock.advance(2);
  const [answer] = miner.heard(SubmitSharesSuccess);
  assert.equal(answer?.lastSequenceNumber, last);
  assert.equal(answer?.newSubmitsAcceptedCount, 3);
});

poolTest(
  "an acknowledgement waits for earlier shares of its channel, an error does not",
  async (pool) => {
    await pool.template(templateOn(1));
    const miner = await pool.connectMiner();
    pool.verifier.hold = true;
    await miner.share();
    await miner.share();
    const bad = await miner.share({ solution: new Uint8Array(1_344) });
    const [first, second, third] = pool.verifier.held;
    third?.settle(false);
    second?.settle(true);
    await pool.clock.advance(5);
    assert.deepEqual(miner.heard(SubmitSharesError).map((error) => error.sequenceNumber), [bad]);
    assert.equal(miner.heard(SubmitSharesSuccess).length, 0);
    first?.settle(true);
    await pool.clock.advance(5);
    assert.equal(miner.heard(SubmitSharesSuccess)[0]?.newSubmitsAcceptedCount, 2);
  },
);

poolTest("each fault of a share has its own code", async (pool) => {
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  const { job } = miner;
  const faults: [Parameters<typeof miner.share>[0], string][] = [
    [{ channelId: 999 }, ErrorCode.invalidChannelId],
    [{ jobId: (job.jobId + 1) % 2 ** 31 }, ErrorCode.invalidJobId],
    [{ nonce2: new Uint8Array(27) }, ErrorCode.badExtranonceSize],
    [{ nonce2: new Uint8Array(32) }, ErrorCode.badExtranonceSize],
    [{ time: 1_794_999_999 }, ErrorCode.invalidTime],
    [{ time: 1_795_005_401 }, ErrorCode.invalidTime],
    [{ solution: new Uint8Array(1_344) }, ErrorCode.invalidSolution],
  ];
  for (const [wish, errorCode] of faults) {
    const sequenceNumber = await miner.share(wish);
    const error = miner.heard(SubmitSharesError).at(-1);
    assert.deepEqual([error?.sequenceNumber, error?.errorCode], [sequenceNumber, errorCode]);
  }
  const nonce2 = numberedBytes(job.nonce2Len, 4_242);
  await miner.share({ nonce2 });
  await miner.share({ nonce2 });
  assert.equal(miner.heard(SubmitSharesError).at(-1)?.errorCode, ErrorCode.duplicateShare);
  pool.verifier.full = true;
  await miner.share();
  assert.equal(miner.heard(SubmitSharesError).at(-1)?.errorCode, ErrorCode.overloaded);
});

poolTest("the same share twice in the verifier is counted once", async (pool) => {
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  pool.verifier.hold = true;
  const nonce2 = numberedBytes(miner.job.nonce2Len, 77);
  await miner.share({ nonce2 });
  await miner.share({ nonce2 });
  for (const { settle: done } of pool.verifier.held) done(true);
  await pool.clock.advance(5);
  assert.equal(pool.pool.totals.accepted, 1);
  assert.equal(miner.heard(SubmitSharesError).at(-1)?.errorCode, ErrorCode.duplicateShare);
});

poolTest(
  "a channel that sends duplicates only gets another prefix, once a parent",
  async (pool) => {
    await pool.template(templateOn(1));
    const miner = await pool.connectMiner();
    const first = miner.job;
    const nonce2 = numberedBytes(first.nonce2Len, 5);
    for (let i = 0; i < 40; i++) await miner.share({ jobId: first.jobId, nonce2 });
    const changes = miner.heard(SetExtranoncePrefix);
    assert.equal(changes.length, 1);
    assert.deepEqual(miner.job.nonce1, changes[0]?.extranoncePrefix);
    assert.notDeepEqual(miner.job.nonce1, first.nonce1);
    assert.equal(miner.job.cleanJobs, false);
    // Shares of the old prefix's job stay good, and so are those of the new one.
    const before = pool.pool.totals.accepted;
    await miner.share({ jobId: first.jobId, nonce2: numberedBytes(first.nonce2Len, 6) });
    await miner.share({ nonce2 });
    assert.equal(pool.pool.totals.accepted, before + 2);
  },
);

poolTest("a new parent makes shares of earlier jobs stale, a refresh does not", async (pool) => {
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  const first = miner.job;
  await pool.clock.advance(31_000);
  await pool.template(templateOn(1));
  assert.equal(miner.job.cleanJobs, false);
  assert.notEqual(miner.job.jobId, first.jobId);
  await miner.share({ jobId: first.jobId });
  assert.equal(pool.pool.totals.accepted, 1);
  await pool.template(templateOn(2));
  assert.equal(miner.job.cleanJobs, true);
  await miner.share({ jobId: first.jobId });
  assert.equal(miner.heard(SubmitSharesError).at(-1)?.errorCode, ErrorCode.staleShare);
});

poolTest(
  "a share that arrived before the new parent counts although it is judged later",
  async (pool) => {
    await pool.template(templateOn(1));
    const miner = await pool.connectMiner();
    pool.verifier.hold = true;
    await miner.share();
    await pool.template(templateOn(2));
    pool.verifier.held[0]?.settle(true);
    await pool.clock.advance(5);
    assert.equal(pool.pool.totals.accepted, 1);
  },
);

poolTest(
  "a retarget sends target and job together, and the old job keeps its target",
  async (pool) => {
    await pool.template(templateOn(1));
    const miner = await pool.connectMiner();
    const before = miner.job;
    for (let i = 0; i < 40; i++) {
      await miner.share({ jobId: before.jobId });
      await pool.clock.advance(50);
    }
    const targets = miner.heard(SetTarget);
    assert.ok(targets.length > 0, "no SetTarget came");
    const after = miner.job;
    assert.deepEqual(after.target, targets.at(-1)?.maximumTarget);
    assert.ok(u256FromLe(after.target) < u256FromLe(before.target));
    await miner.share({ jobId: before.jobId });
    await pool.clock.advance(5);
    assert.equal(miner.heard(SubmitSharesError).length, 0);
  },
);

poolTest("UpdateChannel moves the target and is refused by its codes", async (pool) => {
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  const { channelId } = miner.job;
  const harder = targetOfDifficulty(8);
  const update = (
    wish: Partial<{ channelId: number; nominalHashRate: number; maximumTarget: Uint8Array }>,
  ): Promise<void> =>
    miner.send(UpdateChannel.encode({
      channelId,
      nominalHashRate: 0,
      maximumTarget: u256ToLe(harder),
      ...wish,
    }));
  await update({});
  assert.deepEqual(miner.heard(SetTarget).at(-1)?.maximumTarget, u256ToLe(harder));
  assert.deepEqual(miner.job.target, u256ToLe(harder));
  await update({ channelId: 999 });
  assert.equal(miner.heard(UpdateChannelError).at(-1)?.errorCode, ErrorCode.invalidChannelId);
  await update({ nominalHashRate: NaN });
  assert.equal(miner.heard(UpdateChannelError).at(-1)?.errorCode, ErrorCode.invalidNominalHashrate);
  await update({ maximumTarget: new Uint8Array(32) });
  assert.equal(miner.heard(UpdateChannelError).at(-1)?.errorCode, ErrorCode.maxTargetOutOfRange);
});

poolTest(
  "what is announced is the target of the job behind it, also when the network's is easier",
  async (pool) => {
    const networkTarget = targetOfDifficulty(4);
    await pool.template(templateOn(1, { target: networkTarget }));
    const miner = await pool.connect();
    await miner.setup();
    await miner.open(`${MINER_ADDRESS}.rig`, { maxTarget: u256ToLe(targetOfDifficulty(8)) });
    const [opened] = miner.heard(OpenExtendedMiningChannelSuccess);
    assert.deepEqual(opened?.target, u256ToLe(networkTarget));
    assert.deepEqual(miner.job.target, opened?.target);

    const { channelId } = miner.job;
    const ask = (difficulty: number): Promise<void> =>
      miner.send(UpdateChannel.encode({
        channelId,
        nominalHashRate: 0,
        maximumTarget: u256ToLe(targetOfDifficulty(difficulty)),
      }));
    await ask(16);
    const names = miner.received.map(({ type }) => type.name);
    assert.equal(names.at(-1), NewEquihashJob.name, "what changes nothing on the wire is not sent");
    assert.equal(miner.heard(NewEquihashJob).length, 1);

    await pool.template(templateOn(2, { target: 1n }));
    await pool.clock.advance(1_000);
    await ask(32);
    const announced = miner.heard(SetTarget).at(-1)?.maximumTarget;
    assert.deepEqual(announced, miner.job.target);
    assert.ok(announced !== undefined && u256FromLe(announced) < networkTarget);
  },
);

poolTest("the first target follows the miner's word, else its last target", async (pool) => {
  await pool.template(templateOn(1));
  const client = await pool.connect();
  await client.setup();
  await client.open(`${MINER_ADDRESS}.asic`, { nominalHashRate: 840_000 });
  // 840,000 solutions a second at five shares a minute: 10,080,000 solutions a share.
  const target = u256FromLe(client.job.target);
  assert.equal(Number((1n << 256n) / (target + 1n)), 10_080_000);
  client.connection.close("gone");
  await settle();
  const again = await pool.connectMiner(`${MINER_ADDRESS}.asic`);
  assert.equal(u256FromLe(again.job.target), target);
});

poolTest(
  "a database that says nothing about a worker does not keep it from mining",
  async (pool) => {
    await pool.template(templateOn(1));
    pool.store.loadWorker = () => new Promise(() => {});
    const miner = await pool.connectMiner();
    await pool.clock.advance(1_000);
    assert.equal(miner.heard(OpenExtendedMiningChannelSuccess).length, 1);
  },
);

poolTest("a share target is never harder than the network's", async (pool) => {
  const easyNetwork = (1n << 255n) - 1n;
  await pool.template(templateOn(1, { target: easyNetwork }));
  const client = await pool.connect();
  await client.setup();
  await client.open(MINER_ADDRESS, { nominalHashRate: 840_000 });
  assert.equal(u256FromLe(client.job.target), easyNetwork);
});

poolTest(
  "a connection without a channel is closed in time, one with a channel stays",
  async (pool) => {
    await pool.template(templateOn(1));
    const idle = await pool.connect();
    const miner = await pool.connectMiner();
    await pool.clock.advance(30_000);
    assert.ok(idle.connection.closeReason !== undefined);
    assert.equal(miner.connection.closeReason, undefined);
  },
);

poolTest("a frame that does not decode ends the connection and nothing else", async (pool) => {
  await pool.template(templateOn(1));
  const bystander = await pool.connectMiner();
  const client = await pool.connect();
  await client.setup();
  await client.send(
    encodeFrame({
      extensionType: EXTENSION_EQUIHASH,
      channelMsg: true,
      msgType: 0x21,
      payload: new Uint8Array(40),
    }),
  );
  assert.ok(client.connection.closeReason !== undefined);
  await bystander.share();
  await pool.clock.advance(5);
  assert.equal(bystander.heard(SubmitSharesSuccess).length, 1);
});

Deno.test("channels beyond the limit are refused and a place that is freed is given again", async () => {
  const pool = await PoolHarness.start({ channelsMax: 2 });
  await pool.template(templateOn(1));
  const first = await pool.connectMiner();
  await pool.connectMiner();
  const third = await pool.connectMiner();
  assert.equal(
    third.heard(OpenMiningChannelError)[0]?.errorCode,
    ErrorCode.channelCapacityExhausted,
  );
  first.connection.close("gone");
  await settle();
  await third.open(MINER_ADDRESS);
  assert.equal(third.heard(OpenExtendedMiningChannelSuccess).length, 1);
  await pool.stop();
});

Deno.test("a proxy gets all of a connection's thousand channels, however its requests fall", async () => {
  const pool = await PoolHarness.start({ channelsMax: 2_000 });
  await pool.template(templateOn(1));
  const proxy = await pool.connect();
  await proxy.setup();
  for (let requestId = 0; requestId < 1_001; requestId++) {
    proxy.connection.send(OpenExtendedMiningChannel.encode({
      requestId,
      userIdentity: `${MINER_ADDRESS}.rig${requestId}`,
      nominalHashRate: 0,
      maxTarget: new Uint8Array(32).fill(0xff),
      minExtranonceSize: 8,
    }));
    // Some requests are read while channels that were asked for before are being opened.
    for (let turn = 0; turn < requestId % 8; turn++) await Promise.resolve();
  }
  const refusals = () => proxy.heard(OpenMiningChannelError);
  // The last of so many answers may be more turns away than one settling has.
  for (let round = 0; round < 100 && refusals().length === 0; round++) await settle();
  await settle();
  assert.equal(proxy.heard(OpenExtendedMiningChannelSuccess).length, 1_000);
  assert.deepEqual(refusals().map(({ requestId }) => requestId), [1_000]);
  await pool.stop();
});

Deno.test("shares that all look like blocks wait in the wire when 256 are being verified, and none is refused", async () => {
  const pool = await PoolHarness.start();
  // Every second header is a block.
  await pool.template(templateOn(1, { target: 1n << 255n }));
  const miner = await pool.connectMiner();
  pool.verifier.hold = true;
  const garbage = new Uint8Array(1_344);
  for (let i = 0; i < 400; i++) await miner.share({ solution: garbage });
  // What one read brings beyond is verified, too: here that is one share.
  assert.equal(pool.verifier.held.length, 256);
  let verified = 0;
  for (let held = pool.verifier.held.splice(0); held.length > 0;) {
    verified += held.length;
    for (const { settle: done } of held) done(false);
    await settle();
    held = pool.verifier.held.splice(0);
  }
  const refusals = miner.heard(SubmitSharesError);
  assert.equal(refusals.length, 400);
  const invalid = refusals.filter(({ errorCode }) => errorCode === ErrorCode.invalidSolution);
  assert.equal(invalid.length, verified);
  await pool.stop();
});

Deno.test("a stop answers the shares in hand and asks the miners to come back", async () => {
  const pool = await PoolHarness.start();
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  pool.verifier.hold = true;
  await miner.share();
  const stopping = pool.stop();
  await pool.clock.advance(50);
  pool.verifier.held[0]?.settle(true);
  await stopping;
  assert.equal(miner.heard(SubmitSharesSuccess)[0]?.newSubmitsAcceptedCount, 1);
  assert.deepEqual(miner.heard(Reconnect), [{ newHost: "", newPort: 0 }]);
  assert.ok(miner.connection.closeReason !== undefined);
});
