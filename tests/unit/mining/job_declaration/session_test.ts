import assert from "node:assert/strict";
import {
  AllocateMiningJobToken,
  AllocateMiningJobTokenError,
  AllocateMiningJobTokenSuccess,
  DeclarationErrorCode as Code,
  DeclaredShareError,
  SetCustomMiningJobError,
  SetCustomMiningJobOnChannel,
  SetCustomMiningJobOnChannelError,
  SetCustomMiningJobSuccess,
  SetFullTemplateJob,
  SetFullTemplateJobError,
  SetupConnectionError,
  SubmitSharesJd,
} from "../../../../src/wire/protocol/mod.ts";
import { DeclarationRate } from "../../../../src/mining/job_declaration/declaration_rate.ts";
import { ProposalQueue } from "../../../../src/mining/job_declaration/proposal_queue.ts";
import { silentLogger } from "../../../../src/base/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import {
  MINER_ADDRESS,
  PoolHarness,
  setupFrame,
  templateOn,
} from "../../../support/pool_harness.ts";

async function withPool(
  run: (harness: PoolHarness) => Promise<void>,
  options: Parameters<typeof PoolHarness.start>[0] = {},
): Promise<void> {
  const harness = await PoolHarness.start(options);
  try {
    await harness.template(templateOn(1));
    await run(harness);
  } finally {
    await harness.stop();
  }
}

Deno.test("a token says what the coinbase must pay, and full templates are refused where they are off", async () => {
  await withPool(async (harness) => {
    const declarer = await harness.connectDeclarer();
    await declarer.allocate({ requestedMode: 1 });
    const refusal = declarer.last(AllocateMiningJobTokenError);
    assert.equal(refusal.code, Code.notOffered);
    assert.match(refusal.message, /full templates are not offered by this pool/);
    await declarer.allocate();
    const success = declarer.last(AllocateMiningJobTokenSuccess);
    assert.equal(success.token.length, 24);
    assert.deepEqual(success.coinbaseOutput.subarray(0, 2), Uint8Array.of(0xa9, 0x14));
    assert.deepEqual(
      [success.coinbaseOutputMaxAdditionalSize, success.asyncMiningAllowed, success.grantedMode],
      [256, false, 0],
    );
    const { templateId: _, ...declaration } = declarer.declaration(declarer.coinbase());
    await declarer.send(
      SetFullTemplateJob.encode({ ...declaration, txids: [], transactions: [] }),
    );
    assert.equal(declarer.last(SetFullTemplateJobError).code, Code.notOffered);
  });
});

Deno.test("who cannot be paid gets no token", async () => {
  await withPool(async (harness) => {
    const declarer = await harness.connectDeclarer();
    for (
      const [userIdentifier, text] of [
        ["nobody's address", /Cannot use/],
        [`${MINER_ADDRESS}.${"x".repeat(300)}`, /at most 255 bytes/],
      ] as const
    ) {
      await declarer.allocate({ userIdentifier });
      const { code, message } = declarer.last(AllocateMiningJobTokenError);
      assert.equal(code, Code.refusedIdentity, userIdentifier);
      assert.match(message, text);
    }
  });
});

Deno.test("tokens are bounded, end by time and with their connection, and are nobody else's", async () => {
  await withPool(async (harness) => {
    const declarer = await harness.connectDeclarer();
    for (let i = 0; i < 4; i++) await declarer.allocate();
    assert.equal(declarer.heard(AllocateMiningJobTokenSuccess).length, 3);
    assert.equal(declarer.last(AllocateMiningJobTokenError).code, Code.refusedIdentity);

    const thief = await harness.connectDeclarer();
    await thief.allocate();
    await thief.declare(thief.coinbase(), { token: declarer.token });
    assert.equal(thief.refusal[0], Code.invalidToken);

    await declarer.declare();
    await harness.clock.advance(300_000);
    await declarer.declare(declarer.coinbase(), { token: declarer.token });
    assert.equal(declarer.refusal[0], Code.tokenExpired);
    // The job outlives its token: its parent is still the tip.
    assert.equal((await declarer.submit()).accepted, 1);
    await declarer.allocate();
    assert.equal(declarer.heard(AllocateMiningJobTokenSuccess).length, 4);
  }, { tokensPerClientMax: 3 });
});

Deno.test("a burst of requests for tokens gets no more than the bound", async () => {
  await withPool(async (harness) => {
    const declarer = await harness.connectDeclarer();
    for (let requestId = 1; requestId <= 1_000; requestId++) {
      declarer.connection.send(AllocateMiningJobToken.encode({
        requestId,
        userIdentifier: MINER_ADDRESS,
        requestedMode: undefined,
      }));
    }
    await settle();
    await harness.clock.advance(10);
    assert.equal(declarer.heard(AllocateMiningJobTokenSuccess).length, 10);
    assert.equal(declarer.heard(AllocateMiningJobTokenError).length, 990);
  });
});

Deno.test("batches of no or too many shares and wrong channels are told apart", async () => {
  await withPool(async (harness) => {
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    await declarer.declare();
    const wrong = await declarer.submit({ channelId: 78 });
    assert.deepEqual([wrong.rejected, wrong.firstError], [1, DeclaredShareError.channelMismatch]);
    const full = await declarer.submit({
      shares: Array.from({ length: 64 }, () => declarer.share()),
    });
    assert.equal(full.accepted, 64);
    const mixed = await declarer.submit({
      shares: [
        declarer.share(),
        declarer.share({ solution: new Uint8Array(1_344) }),
        declarer.share({ time: 1 }),
        declarer.share({ version: 3 }),
      ],
    });
    assert.deepEqual([mixed.accepted, mixed.rejected], [1, 3]);
    assert.equal(mixed.firstError, DeclaredShareError.invalidSolution);
    assert.equal(harness.faults.at(-1)?.code, "invalid_solution");

    const shares = Array.from({ length: 65 }, () => declarer.share());
    await declarer.send(
      SubmitSharesJd.encode({ channelId: 77, requestId: 1, jobId: 1, shares }),
    );
    assert.equal(harness.faults.at(-1)?.code, "batch-size");
    assert.match(await declarer.connection.closed, /the peer closed/);
  });
});

Deno.test("more shares than a connection may send are not verified", async () => {
  await withPool(async (harness) => {
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    await declarer.declare();
    const shares = Array.from({ length: 12 }, () => declarer.share());
    const { accepted, rejected, firstError } = await declarer.submit({ shares });
    assert.deepEqual([accepted, rejected], [10, 2]);
    assert.equal(firstError, DeclaredShareError.staleJob);
    assert.equal(harness.verifier.calls, 10);
  }, { maxSharesPerSecond: 10 });
});

Deno.test("behind a batch over the limit nothing is read for a while, and then all is", async () => {
  await withPool(async (harness) => {
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    await declarer.declare();
    const shares = Array.from({ length: 12 }, () => declarer.share());
    await declarer.submit({ shares });
    const before = declarer.heard(AllocateMiningJobTokenSuccess).length;
    await declarer.send(AllocateMiningJobToken.encode({
      requestId: 9,
      userIdentifier: MINER_ADDRESS,
      requestedMode: undefined,
    }));
    assert.equal(declarer.heard(AllocateMiningJobTokenSuccess).length, before);
    await harness.clock.advance(50);
    await settle();
    assert.equal(declarer.heard(AllocateMiningJobTokenSuccess).length, before + 1);
  }, { maxSharesPerSecond: 10 });
});

Deno.test("at the liability cap nothing is declared and no share of a declared job is paid", async () => {
  await withPool(async (harness) => {
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    await declarer.declare();
    harness.pool.limitLiability(true);
    const { accepted } = await declarer.submit();
    assert.equal(accepted, 0);
    await declarer.declare();
    assert.equal(declarer.refusal[0], Code.notOffered);
    assert.match(declarer.refusal[1], /owes its miners/);
    harness.pool.limitLiability(false);
    await declarer.declare();
    assert.equal(declarer.heard(SetCustomMiningJobSuccess).length, 2);
  });
});

Deno.test("a mining connection is not served on this port", async () => {
  await withPool(async (harness) => {
    const declarer = await harness.connectDeclarer();
    await declarer.send(setupFrame());
    assert.match(await declarer.connection.closed, /the peer closed/);
    assert.equal(declarer.heard(SetupConnectionError).length, 0);
    assert.equal(harness.faults.at(-1)?.code, "setup-repeated");
  });
});

Deno.test("a declared job on a mining channel is refused by name, and the channel goes on", async () => {
  await withPool(async (harness) => {
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    const miner = await harness.connectMiner();
    const { channelId } = miner.job;
    await miner.send(SetCustomMiningJobOnChannel.encode({
      ...declarer.declaration(declarer.coinbase()),
      channelId,
      requestId: 5,
    }));
    const [refusal] = miner.heard(SetCustomMiningJobOnChannelError);
    assert.deepEqual([refusal?.channelId, refusal?.requestId], [channelId, 5]);
    assert.equal(refusal?.code, Code.notOffered);
    assert.match(refusal?.message ?? "", /SubmitSharesJd/);
    await miner.share();
    assert.equal(harness.pool.totals.accepted, 1);
  });
});

Deno.test("too many declarations wait for an answer, and are refused without one before the node", async () => {
  await withPool(async (harness) => {
    const declarer = await harness.connectDeclarer();
    await declarer.allocate();
    let judged = 0;
    const verdicts: (() => void)[] = [];
    harness.judgeProposal = () => {
      judged++;
      return new Promise((resolve) => verdicts.push(() => resolve(null)));
    };
    for (let i = 0; i < 6; i++) await declarer.declare();
    assert.equal(judged, 1, "one block of a declarer is before the node at a time");
    assert.equal(declarer.heard(SetCustomMiningJobError).length, 2);
    assert.equal(declarer.refusal[0], Code.overloaded);
    for (let i = 0; i < 4; i++) {
      verdicts.shift()?.();
      await settle();
    }
    assert.equal(declarer.heard(SetCustomMiningJobSuccess).length, 4);
    assert.equal(harness.pool.channelCount, 1, "a token has one live job");
  });
});

Deno.test("the node judges two blocks at a time, 64 wait, the next is refused at once", async () => {
  const clock = new FakeClock();
  const verdicts: (() => void)[] = [];
  const proposer = {
    propose: () => new Promise<null>((resolve) => verdicts.push(() => resolve(null))),
  };
  const queue = new ProposalQueue({ clock, logger: silentLogger, proposer });
  const judged = Array.from({ length: 66 }, () => queue.judge(() => new Uint8Array(1)));
  await settle();
  assert.equal(verdicts.length, 2);
  await assert.rejects(queue.judge(() => new Uint8Array(1)), { answer: Code.overloaded });
  for (let i = 0; i < 66; i++) {
    verdicts.shift()?.();
    await settle();
  }
  await Promise.all(judged);
  const after = queue.judge(() => new Uint8Array(1));
  await settle();
  verdicts.shift()?.();
  await after;
});

Deno.test("declarations of an identity at an address are counted over reconnects", () => {
  const clock = new FakeClock();
  const rate = new DeclarationRate(clock);
  for (let i = 0; i < 60; i++) rate.count("192.0.2.1", "a");
  assert.throws(() => rate.count("192.0.2.1", "a"), { answer: Code.overloaded });
  rate.count("192.0.2.2", "a");
  rate.count("192.0.2.1", "b");
});
