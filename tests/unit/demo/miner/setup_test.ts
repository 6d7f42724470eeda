import assert from "node:assert/strict";
import { ANSWER_TIMEOUT_MS } from "../../../../src/demo/miner/channel_setup.ts";
import { MinerRefused } from "../../../../src/demo/miner/mod.ts";
import {
  OpenMiningChannelError,
  RequestExtensionsError,
  RequestExtensionsSuccess,
  SetTarget,
  SetupConnectionError,
  SetupConnectionSuccess,
} from "../../../../src/wire/protocol/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import { EVERY_HASH, type PoolEnd, PREFIX, Stage } from "./_scripted_pool.ts";
import { encodeFrame } from "../../../support/encode_frame.ts";

const SETUP_SUCCESS = SetupConnectionSuccess.encode({ usedVersion: 2, flags: 1 });
const EXTENSIONS_SUCCESS = RequestExtensionsSuccess.encode({
  requestId: 1,
  supportedExtensions: [0x455a],
});

/** Answers the steps in front of one, so that the test can answer that one otherwise. */
async function answerUntil(pool: PoolEnd, step: "setup" | "extensions" | "channel") {
  await pool.expect("SetupConnection");
  if (step === "setup") return;
  await pool.send(SETUP_SUCCESS);
  await pool.expect("RequestExtensions");
  if (step === "extensions") return;
  await pool.send(EXTENSIONS_SUCCESS);
  await pool.expect("OpenExtendedMiningChannel");
}

Deno.test("the miner introduces itself, asks for the extension and opens a channel, one by one", async () => {
  const stage = new Stage();
  await settle();
  assert.deepEqual(await stage.pool.expect("SetupConnection"), {
    protocol: 0,
    minVersion: 2,
    maxVersion: 2,
    flags: 0,
    endpointHost: "pool.example",
    endpointPort: 3333,
    vendor: "zcash-pool",
    hardwareVersion: "CPU",
    firmware: "test miner",
    deviceId: "",
  });
  assert.deepEqual(stage.pool.received, [], "nothing before the answer");
  await stage.pool.send(SETUP_SUCCESS);
  assert.deepEqual(await stage.pool.expect("RequestExtensions"), {
    requestId: 1,
    requestedExtensions: [0x455a],
  });
  assert.deepEqual(stage.pool.received, []);
  await stage.pool.send(EXTENSIONS_SUCCESS);
  assert.deepEqual(await stage.pool.expect("OpenExtendedMiningChannel"), {
    requestId: 1,
    userIdentity: "tmExample.rig",
    nominalHashRate: 2.5,
    maxTarget: EVERY_HASH,
    minExtranonceSize: 0,
  });
  await stage.stop();
});

for (const channel of ["standard", "extended"] as const) {
  Deno.test(`a ${channel} channel opens and says its prefix and target`, async () => {
    const stage = await Stage.open({ channel });
    assert.deepEqual(stage.events, [
      {
        kind: "connected",
        endpoint: { hostname: "pool.example", port: 3333 },
        encrypted: false,
      },
      { kind: "channel_open", channelId: 7, noncePrefix: PREFIX, target: EVERY_HASH },
    ]);
    assert.equal(stage.solver.searches.length, 0, "no job, no search");
    await stage.stop();
  });
}

const REFUSALS = [
  {
    step: "setup",
    answer: SetupConnectionError.encode({ flags: 0, errorCode: "protocol-version-mismatch" }),
    code: "protocol-version-mismatch",
  },
  {
    step: "extensions",
    answer: RequestExtensionsError.encode({
      requestId: 1,
      unsupportedExtensions: [0x455a],
      requiredExtensions: [],
    }),
    code: "extension-not-supported",
  },
  {
    step: "extensions",
    answer: RequestExtensionsSuccess.encode({ requestId: 1, supportedExtensions: [2] }),
    code: "extension-not-supported",
  },
  {
    step: "channel",
    answer: OpenMiningChannelError.encode({ requestId: 1, errorCode: "invalid-user-identity" }),
    code: "invalid-user-identity",
  },
] as const;

for (const { step, answer, code } of REFUSALS) {
  Deno.test(`a refusal of the step ${step} with ${code} ends the miner with that code`, async () => {
    const stage = new Stage();
    await settle();
    await answerUntil(stage.pool, step);
    await stage.pool.send(answer);
    await assert.rejects(
      stage.run,
      (error) => error instanceof MinerRefused && error.code === code && error.step === step,
    );
    await stage.pool.ended;
    assert.deepEqual(stage.of("refused"), [{ kind: "refused", step, code }]);
    assert.equal(stage.attempts.length, 1, "asking again would be of no use");
    assert.equal(stage.clock.pending, 0);
  });
}

for (
  const errorCode of [
    "no-work-available",
    "channel-capacity-exhausted",
    "liability-cap",
    "overloaded",
  ]
) {
  Deno.test(`the refusal ${errorCode} passes by itself and is asked again after a wait`, async () => {
    const stage = new Stage();
    await settle();
    await answerUntil(stage.pool, "channel");
    await stage.pool.send(OpenMiningChannelError.encode({ requestId: 1, errorCode }));
    const retryInMs = stage.of("closed")[0]?.retryInMs;
    assert.ok(retryInMs !== undefined);
    await stage.clock.advance(retryInMs);
    assert.equal(stage.attempts.length, 2);
    await stage.pool.accept();
    assert.equal(stage.of("channel_open").length, 1);
    await stage.stop();
  });
}

for (const step of ["setup", "extensions", "channel"] as const) {
  Deno.test(`a pool that leaves the step ${step} unanswered is given up and tried again`, async () => {
    const stage = new Stage();
    await settle();
    await answerUntil(stage.pool, step);
    await stage.clock.advance(ANSWER_TIMEOUT_MS - 1);
    assert.equal(stage.of("closed").length, 0);
    await stage.clock.advance(1);
    assert.match(stage.of("closed")[0]?.reason ?? "", new RegExp(`no answer to the step ${step}`));
    await stage.clock.advance(2_000);
    assert.equal(stage.attempts.length, 2);
    await stage.stop();
  });
}

Deno.test("unknown and early messages during the setup are passed over", async () => {
  const stage = new Stage();
  await settle();
  await stage.pool.expect("SetupConnection");
  const unknown = { extensionType: 9, channelMsg: false, msgType: 9, payload: new Uint8Array(3) };
  await stage.pool.send(
    encodeFrame(unknown),
    SetTarget.encode({ channelId: 7, maximumTarget: EVERY_HASH }),
    SETUP_SUCCESS,
  );
  await stage.pool.expect("RequestExtensions");
  await stage.stop();
});

Deno.test("answers of several steps in one read are each used, none is lost", async () => {
  const stage = await Stage.open();
  await stage.stop();
  const other = new Stage();
  await settle();
  // Even a pool that answers before it is asked is understood: the answers wait in order.
  await other.pool.send(SETUP_SUCCESS, EXTENSIONS_SUCCESS);
  await other.pool.expect("SetupConnection");
  await other.pool.expect("RequestExtensions");
  await other.pool.expect("OpenExtendedMiningChannel");
  await other.stop();
});

Deno.test("a pool that hangs up on a plain connection at once may require Noise, and is told so", async () => {
  const stage = new Stage();
  await settle();
  await stage.pool.expect("SetupConnection");
  stage.pool.connection.close("requires Noise");
  await settle();
  assert.equal(
    stage.of("closed")[0]?.reason,
    "the pool closed the connection during the step setup; it may require encryption (Noise)",
  );
  await stage.stop();
});
