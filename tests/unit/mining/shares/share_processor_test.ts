/**
 * The table of shares: which fault is named where several are there, what reaches the sink and in
 * which order, and that each share is counted exactly once.
 */
import assert from "node:assert/strict";
import { noMetrics, systemRandom } from "../../../../src/base/mod.ts";
import { JobBook } from "../../../../src/chain/jobs/mod.ts";
import { type ChannelJob, MiningChannel } from "../../../../src/mining/channels/mod.ts";
import {
  type DuplicateClaims,
  SeenShares,
  type ShareFault,
  ShareProcessor,
  type ShareVerdict,
} from "../../../../src/mining/shares/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { jobTemplate, numbered } from "../../../support/job_templates.ts";
import { ANY_TARGET, ScriptedVerifier } from "../../../support/pool_harness.ts";

const SOURCE = { network: "192.0.2.1", id: 1 };

const MINER = { minerId: "somebody", workerName: "rig" };
const GOOD = 1;
const BAD = 0;

/** What is wrong with a share; faults are named in the order of these lines. */
interface Case {
  readonly unknownJob?: true;
  readonly shortNonce?: true;
  readonly early?: true;
  readonly parentGone?: true;
  readonly aboveTarget?: true;
  readonly seen?: true;
  readonly overLimit?: true;
  readonly sinkFull?: true;
  readonly verifierFull?: true;
  readonly badSolution?: true;
  readonly notRecorded?: true;
  readonly claimedElsewhere?: true;
  readonly isBlock?: true;
}

/** One share through a processor of its own: the verdict, and what the sink heard in order. */
async function judge(wrong: Case): Promise<{ outcome: string; heard: string[] }> {
  const book = new JobBook(systemRandom);
  const heard: string[] = [];
  const duplicates = new SeenShares();
  // Any hash is a block, or none is.
  const networkTarget = wrong.isBlock ? ANY_TARGET : 0n;
  const template = jobTemplate({ networkTarget });
  book.activate(template);
  duplicates.openParent(template.previousBlockHash);
  const channel = new MiningChannel({
    miner: MINER,
    nonce1: new Uint8Array(4),
    bounds: { easiest: ANY_TARGET, hardest: 1n },
    start: { target: wrong.aboveTarget ? 1n : ANY_TARGET },
    maxTarget: ANY_TARGET,
    vardiff: { targetSharesPerMinute: 5, silenceMs: 75_000 },
    nowMs: 0,
  });
  const job = channel.issue(template, book.nextJobId());
  const verifier = new ScriptedVerifier();
  const processor = new ShareProcessor({
    verifier,
    book,
    duplicates: withClaims(duplicates, wrong.claimedElsewhere),
    clock: new FakeClock(),
    metrics: noMetrics("validationSeconds"),
    sink: {
      ready: () => !wrong.sinkFull,
      accepted: ({ miner }) => {
        assert.equal(miner, MINER);
        heard.push("accepted");
        return !wrong.notRecorded;
      },
      rejected: ({ miner, fault }) => {
        assert.equal(miner, MINER);
        heard.push(fault);
      },
      blockFound: ({ miner, stale }) => {
        assert.equal(miner, MINER);
        heard.push(stale ? "stale block" : "block");
      },
    },
  });
  const submit = (): ShareVerdict | Promise<ShareVerdict> =>
    processor.submit(channel, SOURCE, submissionOf(job, wrong));
  if (wrong.seen) await submit();
  heard.length = 0;
  verifier.full = wrong.verifierFull === true;
  if (wrong.parentGone) book.activate(jobTemplate({ parent: 2 }));
  const verdict = await submit();
  return { outcome: verdict.kind === "accepted" ? "accepted" : verdict.reason, heard };
}

function submissionOf(job: ChannelJob, wrong: Case) {
  const solution = new Uint8Array(1_344);
  solution[0] = wrong.badSolution ? BAD : GOOD;
  return {
    jobId: wrong.unknownJob ? job.jobId + 1 : job.jobId,
    nonce2: numbered(7).subarray(0, wrong.shortNonce ? 27 : 28),
    time: wrong.early ? job.template.minTime - 1 : job.template.time,
    solution,
    isOverLimit: wrong.overLimit === true,
  };
}

function withClaims(local: SeenShares, claimedElsewhere: true | undefined): DuplicateClaims {
  if (claimedElsewhere === undefined) return local;
  return {
    look: (parent, hash) => local.look(parent, hash),
    insert: (parent, hash) => local.insert(parent, hash),
    claim: () => Promise.resolve("seen"),
  };
}

/** The fault of each line is named before those of all later lines. */
const ORDER: readonly [wrong: Case, fault: ShareFault][] = [
  [{ unknownJob: true }, "unknown_job"],
  [{ shortNonce: true }, "nonce_length"],
  [{ early: true }, "time"],
  [{ parentGone: true }, "stale"],
  [{ aboveTarget: true }, "low_difficulty"],
  [{ overLimit: true }, "rate_limited"],
  [{ sinkFull: true }, "overloaded"],
  [{ badSolution: true }, "invalid_solution"],
];

for (const [index, [first, fault]] of ORDER.entries()) {
  Deno.test(`a share's faults are named in order: ${fault} before what comes later`, async () => {
    const later = ORDER.slice(index + 1).map(([wrong]) => wrong);
    for (const others of [{}, ...later, Object.assign({}, ...later)]) {
      const { outcome, heard } = await judge({ ...others, ...first });
      assert.deepEqual([outcome, heard], [fault, [fault]], Object.keys(others).join());
    }
  });
}

const OUTCOMES: readonly [name: string, wrong: Case, outcome: string, heard: string[]][] = [
  ["a good share", {}, "accepted", ["accepted"]],
  ["a block", { isBlock: true }, "accepted", ["block", "accepted"]],
  ["a block over the limit of shares", { isBlock: true, overLimit: true }, "accepted", [
    "block",
    "accepted",
  ]],
  ["a share that was there before", { seen: true }, "duplicate", ["duplicate"]],
  ["a block that was there before", { seen: true, isBlock: true }, "duplicate", ["duplicate"]],
  ["a share for a full verifier", { verifierFull: true }, "overloaded", ["overloaded"]],
  [
    "a block for a full verifier and a full sink",
    { verifierFull: true, sinkFull: true, isBlock: true },
    "accepted",
    ["block", "accepted"],
  ],
  ["a block of an unknown job", { unknownJob: true, isBlock: true }, "unknown_job", [
    "block",
    "unknown_job",
  ]],
  ["a block of a dead job", { parentGone: true, isBlock: true }, "stale", ["stale block", "stale"]],
  [
    "a share that cannot be recorded",
    { notRecorded: true },
    "overloaded",
    ["accepted", "overloaded"],
  ],
  [
    "a block that cannot be recorded",
    { notRecorded: true, isBlock: true },
    "overloaded",
    ["block", "accepted", "overloaded"],
  ],
  [
    "a block with a bad solution",
    { badSolution: true, isBlock: true },
    "invalid_solution",
    ["invalid_solution"],
  ],
  [
    "a share that another process has counted",
    { claimedElsewhere: true },
    "duplicate",
    ["duplicate"],
  ],
  [
    "a block of which the shared store says that another process has counted it",
    { claimedElsewhere: true, isBlock: true },
    "accepted",
    ["block", "accepted"],
  ],
];

for (const [name, wrong, expected, sink] of OUTCOMES) {
  Deno.test(`${name}: ${expected}, and the sink hears ${sink.join(", ")}`, async () => {
    const { outcome, heard } = await judge(wrong);
    assert.deepEqual([outcome, heard], [expected, sink]);
  });
}

Deno.test("a share names its miner where several share a channel", async () => {
  const heard: string[] = [];
  const book = new JobBook(systemRandom);
  const template = jobTemplate({ networkTarget: 0n });
  book.activate(template);
  const duplicates = new SeenShares();
  duplicates.openParent(template.previousBlockHash);
  const channel = new MiningChannel({
    miner: MINER,
    nonce1: new Uint8Array(4),
    bounds: { easiest: ANY_TARGET, hardest: 1n },
    start: { target: ANY_TARGET },
    maxTarget: ANY_TARGET,
    vardiff: { targetSharesPerMinute: 5, silenceMs: 75_000 },
    nowMs: 0,
  });
  const job = channel.issue(template, 1);
  const processor = new ShareProcessor({
    verifier: new ScriptedVerifier(),
    book,
    duplicates,
    clock: new FakeClock(),
    metrics: noMetrics("validationSeconds"),
    sink: {
      ready: () => true,
      accepted: ({ miner }) => heard.push(miner.workerName) > 0,
      rejected: ({ miner }) => void heard.push(`not ${miner?.workerName}`),
      blockFound: () => {},
    },
  });
  const share = { ...submissionOf(job, {}), miner: { ...MINER, workerName: "other" } };
  await processor.submit(channel, SOURCE, share);
  await processor.submit(channel, SOURCE, share);
  assert.deepEqual(heard, ["other", "not other"]);
});
