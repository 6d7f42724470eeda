/**
 * One session of a miner with this pool's mining server, frame by frame: real work of a Testnet
 * block under NU7, a real solution, a clock that stands still and randomness from a seed, so that
 * the bytes are the same each time.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  concatBytes,
  hashFromDisplay,
  hexToBytes,
  noMetrics,
  silentLogger,
} from "../../src/base/mod.ts";
import { NoncePrefixes, PrefixAccounts, RememberedWorkers } from "../../src/mining/channels/mod.ts";
import { createSolver } from "../../src/mining/equihash/mod.ts";
import { JobBook, type JobTemplate } from "../../src/chain/jobs/mod.ts";
import { makeMiningServer } from "../../src/mining/sv2_server/mod.ts";
import {
  CloseChannel,
  decodeMessage,
  EXTENSION_EQUIHASH,
  NewEquihashJob,
  OpenExtendedMiningChannel,
  Protocol,
  PROTOCOL_VERSION,
  RequestExtensions,
  SetupConnection,
  SubmitEquihashShare,
  UpdateChannel,
} from "../../src/wire/protocol/mod.ts";
import { SeenShares, ShareProcessor } from "../../src/mining/shares/mod.ts";
import { targetFromBits, targetOfDifficulty } from "../../src/chain/zcash/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { recordFrames } from "../support/frame_recorder.ts";
import { jobTemplate } from "../support/job_templates.ts";
import { connectionPair } from "../support/memory_connection.ts";
import { seededRandom } from "../support/seeded_random.ts";
import vectors from "../vectors/data/zcash/blocks.json" with { type: "json" };
import { parseUserIdentity } from "../support/parse_user_identity.ts";
import { createLocalVerifier } from "../support/local_verifier.ts";
import { type RecordedFrame } from "../support/frame_dump.ts";

const ANY_TARGET = new Uint8Array(32).fill(0xff);

/** A job template with the header of the newest Testnet block of the vectors, and its child's. */
function templates(): { readonly first: JobTemplate; readonly next: JobTemplate } {
  const block = vectors.blocks.find((one) => one.upgrade === "NU7");
  assert.ok(block !== undefined);
  const header = hexToBytes(block.hex.slice(0, 216));
  const first = templateOf(header, block.height);
  const child = header.slice();
  child.set(hashFromDisplay(block.hash), 4);
  // What the child commits to is not known here; other bytes than its parent's will do.
  child.set(header.slice(36, 100).reverse(), 36);
  new DataView(child.buffer).setUint32(100, first.time + 25, true);
  return { first, next: templateOf(child, block.height + 1) };
}

function templateOf(header: Uint8Array, height: number): JobTemplate {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const bits = view.getUint32(104, true);
  return {
    ...jobTemplate({ height, time: view.getUint32(100, true) }),
    version: view.getUint32(0, true),
    previousBlockHash: header.slice(4, 36),
    merkleRoot: header.slice(36, 68),
    blockCommitments: header.slice(68, 100),
    bits,
    networkTarget: targetFromBits(bits),
    headerPrefix(time) {
      const prefix = header.slice();
      new DataView(prefix.buffer).setUint32(100, time, true);
      return prefix;
    },
  };
}

/** The pool's side. */
function makeServer(clock: FakeClock) {
  const random = seededRandom(2026);
  const book = new JobBook(random);
  const seen = new SeenShares();
  const shares = new ShareProcessor({
    verifier: createLocalVerifier(),
    book,
    duplicates: seen,
    sink: {
      ready: () => true,
      accepted: () => true,
      rejected: () => {},
      blockFound: () => {},
    },
    clock,
    metrics: noMetrics("validationSeconds"),
  });
  const bounds = { easiest: (1n << 256n) - 1n, hardest: targetOfDifficulty(1_000_000) };
  const server = makeMiningServer({
    nonce1Length: 4,
    bounds,
    // So easy that every solution is a share.
    initialTarget: bounds.easiest,
    targetSharesPerMinute: 5,
    silenceMs: 75_000,
    connectionTimeoutMs: 30_000,
    maxSharesPerSecond: () => 100,
    channelsPerConnectionMax: 8,
    channelsMax: 8,
  }, {
    clock,
    logger: silentLogger,
    metrics: noMetrics("channelsOpen", "jobsSent", "retargets"),
    book,
    shares,
    prefixes: new PrefixAccounts(new NoncePrefixes(4, random)),
    workers: new RememberedWorkers({
      lastTarget: () => Promise.resolve(undefined),
      remember: () => {},
    }),
    // deno-lint-ignore require-await -- the keyword turns a throw into a rejection
    identify: async (userIdentity) => parseUserIdentity(userIdentity, "test"),
  });
  const announce = (template: JobTemplate, cleanJobs: boolean): void => {
    book.activate(template);
    seen.openParent(template.previousBlockHash);
    server.broadcast(template, cleanJobs);
  };
  return { server, announce };
}

/** The first nonce of a job, counted up from 1, that has a solution. */
async function solve(job: NewEquihashJob, template: JobTemplate) {
  const solver = createSolver();
  try {
    for (let counter = 1; counter <= 20; counter++) {
      const nonce2 = new Uint8Array(job.nonce2Len);
      nonce2[0] = counter;
      const [solution] = await solver.solve({
        headerPrefix: template.headerPrefix(job.time),
        nonce: concatBytes(job.nonce1, nonce2),
      });
      if (solution !== undefined) return { nonce2, solution, time: job.time };
    }
  } finally {
    solver.close();
  }
  throw new Error("twenty nonces without a solution do not happen");
}

/** Plays the session and returns what went over the wire. */
export async function wireSession(): Promise<readonly RecordedFrame[]> {
  const clock = new FakeClock();
  const { server, announce } = makeServer(clock);
  const { first, next } = templates();
  announce(first, true);
  const pair = connectionPair({ clock });
  const { connection, frames } = recordFrames(pair.client);
  connection.limitPayload(4_096);
  const served = server.serve(pair.server);
  const listening = (async () => {
    for await (const _ of connection.batches());
  })();
  const send = async (frame: Uint8Array): Promise<void> => {
    connection.send(frame);
    await settle();
    // Acknowledgements wait a moment for company.
    await clock.advance(5);
  };
  const jobs = (): NewEquihashJob[] =>
    frames.flatMap(({ frame }) => {
      const message = decodeMessage("mining", frame);
      return message?.name === "NewEquihashJob" ? [message.value] : [];
    });

  await introduce(send);
  const [job] = jobs();
  assert.ok(job !== undefined);
  const { channelId, jobId } = job;
  const found = await solve(job, first);
  await send(SubmitEquihashShare.encode({ channelId, sequenceNumber: 0, jobId, ...found }));
  // A machine of 420,000 solutions a second tells its rate: another target, and a job with it.
  const wish = { channelId, nominalHashRate: 420_000, maximumTarget: ANY_TARGET };
  await send(UpdateChannel.encode(wish));
  const harder = jobs().at(-1)?.jobId ?? 0;
  await send(SubmitEquihashShare.encode({ channelId, sequenceNumber: 1, jobId: harder, ...found }));
  announce(next, true);
  await settle();
  await send(SubmitEquihashShare.encode({ channelId, sequenceNumber: 2, jobId, ...found }));
  await send(CloseChannel.encode({ channelId, reasonCode: "client-request" }));
  server.stop("the session is over");
  await settle();
  await Promise.all([served, listening]);
  assert.equal(clock.pending, 0);
  return frames;
}

async function introduce(send: (frame: Uint8Array) => Promise<void>): Promise<void> {
  await send(SetupConnection.encode({
    protocol: Protocol.mining,
    minVersion: PROTOCOL_VERSION,
    maxVersion: PROTOCOL_VERSION,
    flags: 0,
    endpointHost: "pool.example",
    endpointPort: 3333,
    vendor: "Example",
    hardwareVersion: "E1",
    firmware: "1.0",
    deviceId: "",
  }));
  const requestedExtensions = [EXTENSION_EQUIHASH];
  await send(RequestExtensions.encode({ requestId: 1, requestedExtensions }));
  await send(OpenExtendedMiningChannel.encode({
    requestId: 1,
    userIdentity: "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86.rig1",
    nominalHashRate: 0,
    maxTarget: ANY_TARGET,
    minExtranonceSize: 8,
  }));
}
