/** A session of channels in a conversation that knows no SV2: facts alone. */
import assert from "node:assert/strict";
import { noMetrics, u256FromLe } from "../../../../src/base/mod.ts";
import { JobBook, type JobTemplate } from "../../../../src/chain/jobs/mod.ts";
import {
  type ChannelFact,
  ChannelSession,
  IdentityError,
  type MiningChannel,
  NoncePrefixes,
  type OpenAnswer,
  type OpenRequest,
  PrefixAccounts,
  RememberedWorkers,
  type ServiceRefusal,
} from "../../../../src/mining/channels/mod.ts";
import { targetOfDifficulty } from "../../../../src/chain/zcash/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { jobTemplate } from "../../../support/job_templates.ts";
import { ANY_TARGET } from "../../../support/pool_harness.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const REQUEST: OpenRequest = {
  userIdentity: "somebody.rig",
  nominalHashRate: 0,
  maxTarget: ANY_TARGET,
  freeNonceBytes: 8,
};

/** A session and all that its miner was told. */
class Stage {
  readonly clock = new FakeClock();
  readonly book = new JobBook(seededRandom(3));
  readonly told: ChannelFact[] = [];
  readonly answers: OpenAnswer[] = [];
  readonly session: ChannelSession;
  refusal: ServiceRefusal | undefined;
  excuses = 0;

  constructor(options: { changesPrefixes?: boolean; channelsMax?: number } = {}) {
    const { clock, book } = this;
    this.session = new ChannelSession({
      nonce1Length: 4,
      bounds: { easiest: targetOfDifficulty(1), hardest: targetOfDifficulty(1_000_000) },
      initialTarget: targetOfDifficulty(1),
      channelsPerConnectionMax: options.channelsMax ?? 8,
      channelsMax: 8,
      targetSharesPerMinute: 5,
      silenceMs: 75_000,
    }, {
      ...{ clock, book },
      metrics: noMetrics("channelsOpen", "jobsSent", "retargets"),
      prefixes: new PrefixAccounts(new NoncePrefixes(4, seededRandom(4))),
      workers: new RememberedWorkers({
        lastTarget: () => Promise.resolve(undefined),
        remember: () => {},
      }),
      identify: (text) =>
        text === REQUEST.userIdentity
          ? Promise.resolve({ minerId: "somebody", workerName: "rig" })
          : Promise.reject(text === "" ? new TypeError("broken") : new IdentityError("nobody")),
      refusal: () => this.refusal,
    }, {
      address: "192.0.2.1",
      changesPrefixes: options.changesPrefixes ?? true,
      tell: (facts) => this.told.push(...facts),
      awaitShare: () => this.excuses++,
    });
  }

  async open(wish: Partial<OpenRequest> = {}): Promise<OpenAnswer | undefined> {
    this.session.open({ ...REQUEST, ...wish }, (answer) => this.answers.push(answer));
    await settle();
    return this.answers.at(-1);
  }

  async openChannel(): Promise<MiningChannel> {
    const answer = await this.open();
    assert(answer?.kind === "opened");
    return answer.channel;
  }

  send(template: JobTemplate): void {
    const newParent = this.book.activate(template);
    for (const _ of this.session.broadcast(template, newParent));
  }

  /** What was told since the last call, in short. */
  heard(): string[] {
    return this.told.splice(0).map((fact) => {
      if (fact.kind === "target") return `target ${difficultyOf(u256FromLe(fact.targetLe))}`;
      if (fact.kind !== "job") return fact.kind;
      return `${fact.cleanJobs ? "clean " : ""}job ${difficultyOf(fact.job.target)}`;
    });
  }
}

function difficultyOf(target: bigint): number {
  return Math.round(Number(targetOfDifficulty(1)) / Number(target));
}

function template(parent: number, serial: number): JobTemplate {
  return jobTemplate({ parent, serial, networkTarget: 1n });
}

/** Asks for the target of a difficulty. */
function ask(stage: Stage, channel: MiningChannel, difficulty: number): void {
  const maxTarget = targetOfDifficulty(difficulty);
  assert.equal(stage.session.update(channel, { nominalHashRate: 0, maxTarget }), undefined);
}

Deno.test("a new target comes as prefix, target and job in one packet", async () => {
  const stage = new Stage();
  stage.send(template(1, 1));
  const channel = await stage.openChannel();
  ask(stage, channel, 8);
  assert.deepEqual(stage.heard(), ["prefix", "target 8", "job 8"]);
  ask(stage, channel, 8);
  assert.deepEqual(stage.heard(), [], "nothing changes");
});

Deno.test("where a prefix cannot change, a new target waits for other headers", async () => {
  const stage = new Stage({ changesPrefixes: false });
  stage.send(template(1, 1));
  const channel = await stage.openChannel();
  ask(stage, channel, 8);
  assert.deepEqual(stage.heard(), []);
  stage.send(template(1, 1));
  assert.deepEqual(stage.heard(), ["job 1"], "the same headers keep their target");
  stage.send(template(1, 2));
  assert.deepEqual(stage.heard(), ["target 8", "job 8"], "another coinbase");
  stage.send(template(1, 1));
  assert.deepEqual(stage.heard(), ["job 1"], "a coinbase that comes back has the target it had");
  await stage.clock.advance(1_000);
  ask(stage, channel, 16);
  stage.send(template(2, 3));
  assert.deepEqual(stage.heard(), ["target 16", "clean job 16"], "another parent");
  stage.session.end();
});

Deno.test("what the network's target hides is neither told nor does it cost a prefix", async () => {
  const stage = new Stage();
  stage.send(jobTemplate({ networkTarget: targetOfDifficulty(2) }));
  const channel = await stage.openChannel();
  ask(stage, channel, 8);
  assert.deepEqual(stage.heard(), ["prefix", "target 2", "job 2"]);
  const { nonce1 } = channel;
  for (const difficulty of [16, 32, 64]) {
    ask(stage, channel, difficulty);
    await stage.clock.advance(10_000);
    for (const _ of stage.session.tick());
  }
  assert.deepEqual(stage.heard(), []);
  assert.equal(channel.nonce1, nonce1);
});

Deno.test("jobs of one target share its values, so that it is encoded once", async () => {
  const stage = new Stage();
  stage.send(template(1, 1));
  const answer = await stage.open();
  assert(answer?.kind === "opened");
  stage.send(template(1, 2));
  const [fact] = stage.told;
  assert(fact?.kind === "job");
  assert.equal(fact.job.targetLe, answer.job?.targetLe);
});

const REFUSALS: readonly [name: string, wish: Partial<OpenRequest>, answer: string][] = [
  ["a rate that is no number", { nominalHashRate: NaN }, "invalid-hash-rate"],
  ["a target that is too hard", { maxTarget: 1n }, "max-target-too-hard"],
  ["too many nonce bytes", { freeNonceBytes: 29 }, "nonce-prefix-too-long"],
  ["a name that nobody has", { userIdentity: "nobody" }, "invalid-user-identity"],
];

for (const [name, wish, refusal] of REFUSALS) {
  Deno.test(`a request is refused for ${name}: ${refusal}`, async () => {
    const stage = new Stage();
    const answer = await stage.open(wish);
    assert.equal(answer?.kind === "refused" && answer.refusal, refusal);
    assert.equal(stage.session.size, 0);
  });
}

Deno.test("a full connection, the cap and a fault of the pool's own have answers of their own", async () => {
  const stage = new Stage({ channelsMax: 1 });
  const fault = await stage.open({ userIdentity: "" });
  assert.deepEqual(fault, { kind: "failed", reason: "broken" });
  await stage.openChannel();
  const full = await stage.open();
  assert.equal(full?.kind === "refused" && full.refusal, "no-capacity");
  stage.refusal = "liability-cap";
  const capped = await stage.open();
  assert.equal(capped?.kind === "refused" && capped.refusal, "liability-cap");
  stage.session.dismissAll("liability-cap");
  assert.deepEqual(stage.heard(), ["closed"]);
  assert.equal(stage.session.size, 0);
});

Deno.test("a session that has ended answers nothing and opens nothing", async () => {
  const stage = new Stage();
  stage.session.open(REQUEST, (answer) => stage.answers.push(answer));
  stage.session.end();
  await settle();
  assert.deepEqual(stage.answers, []);
  assert.equal(stage.session.size, 0);
});

Deno.test("a program that stood still does not hold its own silence against miners", async () => {
  const stage = new Stage();
  stage.send(template(1, 1));
  await stage.open({ nominalHashRate: 1e6 });
  for (let second = 1; second <= 20; second++) {
    await stage.clock.advance(1_000);
    for (const _ of stage.session.tick());
  }
  // Paused for a minute: what came meanwhile is read after the timers have fired.
  await stage.clock.advance(60_000);
  for (const _ of stage.session.tick());
  assert.deepEqual(stage.heard(), []);
  assert.equal(stage.excuses, 0);
  for (let second = 1; second <= 40; second++) {
    await stage.clock.advance(1_000);
    for (const _ of stage.session.tick());
  }
  assert.equal(stage.heard()[0], "prefix", "its own silence counts");
  assert.equal(stage.excuses, 1);
});
