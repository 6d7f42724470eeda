/**
 * What does one share cost, stage by stage, and where does the time go?
 *
 * Real shares: solutions that the solver finds for a fixed header, checked again and again. The
 * baseline is the Equihash check alone, in the same run; every stage is also given as a part of it.
 *
 *     deno run -A tests/bench/share_path.ts [--json]
 *
 * @module
 */
import { noMetrics, silentLogger, systemClock, u256ToLe } from "../../src/base/mod.ts";
import { MiningChannel } from "../../src/mining/channels/mod.ts";
import {
  createSolver,
  createWorkerVerifier,
  NO_VERIFIER_METRICS,
  verifySolution,
} from "../../src/mining/equihash/mod.ts";
import { JobBook } from "../../src/chain/jobs/mod.ts";
import { ppsCredit } from "../../src/money/ledger/mod.ts";
import {
  decodeMessage,
  EXTENSION_EQUIHASH,
  FrameDecoder,
  SubmitEquihashShare,
  SubmitSharesSuccess,
} from "../../src/wire/protocol/mod.ts";
import { SeenShares, ShareProcessor } from "../../src/mining/shares/mod.ts";
import { RecordWriter } from "../../src/money/records/mod.ts";
import { sha256d } from "../../src/chain/zcash/mod.ts";
import { jobTemplate, numbered } from "../support/job_templates.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { openStore } from "../support/test_store.ts";

const ROUNDS = 9;
const CALLS = 300;

interface Stage {
  readonly name: string;
  readonly us: number;
  readonly partOfCheck: number;
}

/** Median over rounds of the mean time of a call, in microseconds. */
function measure(call: (i: number) => void): number {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) call(round * CALLS + i);
    rounds.push((performance.now() - start) * 1000 / CALLS);
  }
  return rounds.sort((a, b) => a - b)[ROUNDS >> 1] ?? NaN;
}

async function measureAsync(call: (i: number) => Promise<unknown>): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) await call(round * CALLS + i);
    rounds.push((performance.now() - start) * 1000 / CALLS);
  }
  return rounds.sort((a, b) => a - b)[ROUNDS >> 1] ?? NaN;
}

/** A header with a real solution: 1,487 bytes. */
async function solvedHeader(prefix: Uint8Array): Promise<Uint8Array> {
  const solver = createSolver();
  try {
    for (let nonce = 0;; nonce++) {
      const nonce32 = numbered(nonce);
      const [solution] = await solver.solve({ headerPrefix: prefix, nonce: nonce32 });
      if (solution === undefined) continue;
      const header = new Uint8Array(1_487);
      header.set(prefix);
      header.set(nonce32, 108);
      header.set([0xfd, 0x40, 0x05], 140);
      header.set(solution, 143);
      return header;
    }
  } finally {
    solver.close();
  }
}

const template = jobTemplate({ networkTarget: 1n });
const header = await solvedHeader(template.headerPrefix(template.time));
const solution = header.slice(143);
const random = seededRandom(1);
const bounds = { easiest: 2n ** 256n - 1n, hardest: 1n };
const channel = new MiningChannel({
  miner: { minerId: "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86", workerName: "rig" },
  nonce1: header.slice(108, 112),
  bounds,
  start: { target: 2n ** 256n - 1n },
  maxTarget: 2n ** 256n - 1n,
  vardiff: { targetSharesPerMinute: 600, silenceMs: 1e9 },
  nowMs: 0,
});
const book = new JobBook(random);
book.activate(template);
const job = channel.issue(template, book.nextJobId());
const nonce2 = header.slice(112, 140);
const frame = SubmitEquihashShare.encode({
  channelId: 2,
  sequenceNumber: 1,
  jobId: job.jobId,
  nonce2,
  time: template.time,
  solution,
});

const checkUs = measure(() => {
  if (!verifySolution(header)) throw new Error("the solution is wrong");
});
const stages: Stage[] = [];
const stage = (name: string, us: number): void => {
  stages.push({ name, us, partOfCheck: us / checkUs });
};

stage("equihash check alone (baseline)", checkUs);
const decoder = new FrameDecoder({ maxPayloadLength: 8_192 });
stage(
  "frame cut and decoded",
  measure(() => {
    for (const each of decoder.push(frame)) decodeMessage("mining", each);
  }),
);
stage("header hashed (sha256d of 1,487 bytes)", measure(() => void sha256d(header)));
const targetLe = u256ToLe(2n ** 256n - 1n);
stage(
  "target converted and looked up",
  measure(() => void (u256ToLe(1n), channel.job(job.jobId), targetLe)),
);
const seen = new SeenShares();
seen.openParent(template.previousBlockHash);
stage(
  "seen before, looked up and inserted",
  measure((i) => {
    const hash = numbered(i);
    seen.look(template.previousBlockHash, hash);
    seen.insert(template.previousBlockHash, hash);
  }),
);
const workers = createWorkerVerifier({ threads: 1, queueCapacity: 1_024 }, {
  clock: systemClock,
  metrics: NO_VERIFIER_METRICS,
});
await workers.verify({ header, source: { network: "192.0.2.1", id: 1 }, urgent: false });
stage(
  "equihash check in a worker, one at a time",
  await measureAsync(async () => {
    await workers.verify({ header, source: { network: "192.0.2.1", id: 1 }, urgent: false });
  }),
);
await workers.close();
stage(
  "credit computed",
  measure(() => {
    ppsCredit({
      shareTarget: 2n ** 256n - 1n,
      networkTarget: 1n << 240n,
      subsidyZat: 41_666_668n,
      feePpm: 10_000,
    });
  }),
);
const store = await openStore({ kind: "sqlite", path: ":memory:" }, { clock: systemClock });
const writer = new RecordWriter({ capacity: 1_000_000 }, {
  store,
  clock: systemClock,
  logger: silentLogger,
});
stage(
  "record offered",
  measure((i) => {
    writer.offer({
      ...channel.miner,
      proofId: numbered(1_000_000 + i),
      target: 2n ** 256n - 1n,
      difficulty: 1,
      jobId: job.jobId,
      height: template.height,
      timestampMs: 1_790_000_000_000,
      isBlock: false,
      creditPicoZat: 1n,
    });
  }),
);
await writer.close();
await store.close();
stage(
  "acknowledgement encoded",
  measure((i) => {
    SubmitSharesSuccess.encode({
      channelId: 2,
      lastSequenceNumber: i,
      newSubmitsAcceptedCount: 1,
      newSharesSum: 1n,
    });
  }),
);
const processor = new ShareProcessor({
  book,
  // One share is judged again and again, so nothing may be remembered; its cost is a stage above.
  duplicates: { look: () => "new", insert: () => "new" },
  clock: systemClock,
  metrics: noMetrics("validationSeconds"),
  verifier: {
    waiting: 0,
    verify: ({ header: bytes }) => Promise.resolve(verifySolution(bytes)),
    close: () => Promise.resolve(),
  },
  sink: { ready: () => true, accepted: () => true, rejected: () => {}, blockFound: () => {} },
});
stage(
  "whole judgement, check in this thread",
  await measureAsync(async () => {
    await processor.submit(channel, { network: "192.0.2.1", id: 1 }, {
      jobId: job.jobId,
      nonce2,
      time: template.time,
      solution,
    });
  }),
);

if (Deno.args.includes("--json")) {
  console.log(JSON.stringify({ extension: EXTENSION_EQUIHASH, stages }));
} else {
  for (const { name, us, partOfCheck } of stages) {
    console.log(
      `${name.padEnd(46)} ${us.toFixed(2).padStart(8)} us  ${
        (partOfCheck * 100).toFixed(1).padStart(6)
      } %`,
    );
  }
}
