import assert from "node:assert/strict";
import { concatBytes, hexToBytes, systemClock } from "../../src/base/mod.ts";
import { createSolver, verifySolution } from "../../src/mining/equihash/mod.ts";
import { MiningClient } from "../../src/demo/miner/mod.ts";
import { NewEquihashJob, type SubmitEquihashShare } from "../../src/wire/protocol/mod.ts";
import { recordFrames } from "../support/frame_recorder.ts";
import { connectionPair } from "../support/memory_connection.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { EVERY_HASH, jobOf, OPTIONS, PoolEnd, PREFIX } from "../unit/demo/miner/_scripted_pool.ts";
import { dumpFrames } from "../support/frame_dump.ts";

const JOB: NewEquihashJob = jobOf({ jobId: 5, target: EVERY_HASH });

/** The header of a share as a pool builds it, from the job that it sent. */
function headerOf(share: SubmitEquihashShare): Uint8Array {
  const numbers = new DataView(new ArrayBuffer(12));
  numbers.setUint32(0, JOB.version, true);
  numbers.setUint32(4, share.time, true);
  numbers.setUint32(8, JOB.bits, true);
  const bytes = new Uint8Array(numbers.buffer);
  return concatBytes(
    bytes.subarray(0, 4),
    JOB.prevHash,
    JOB.merkleRoot,
    JOB.blockCommitments,
    bytes.subarray(4),
    PREFIX,
    share.nonce2,
    hexToBytes("fd4005"),
    share.solution,
  );
}

Deno.test("what the miner submits with the real solver is a solution of the header that the pool builds", async () => {
  const solver = createSolver();
  const pair = connectionPair({ clock: systemClock });
  const recorded = recordFrames(pair.client);
  const pool = new PoolEnd(pair.server);
  const controller = new AbortController();
  const found = Promise.withResolvers<void>();
  const client = new MiningClient(OPTIONS, {
    connect: () => Promise.resolve(recorded.connection),
    solver,
    clock: systemClock,
    random: seededRandom(1),
    onEvent: (event) => event.kind === "share_found" && found.resolve(),
  });
  const run = client.run(controller.signal);
  try {
    await pool.accept();
    await pool.send(NewEquihashJob.encode(JOB));
    await found.promise;
    const share = await pool.expect("SubmitEquihashShare");
    const header = headerOf(share);
    assert.equal(header.length, 1487);
    assert.ok(verifySolution(header));
    header[200] = (header[200] as number) ^ 1;
    assert.ok(!verifySolution(header), "the verifier looks");
  } finally {
    controller.abort();
    await run;
    solver.close();
  }
  const names = [...dumpFrames("mining", recorded.frames).matchAll(/(?:->) \S+ {2}([\w.]+),/g)]
    .map((match) => match[1]);
  assert.deepEqual([...new Set(names)], [
    "SetupConnection",
    "SetupConnection.Success",
    "RequestExtensions",
    "RequestExtensions.Success",
    "OpenExtendedMiningChannel",
    "OpenExtendedMiningChannel.Success",
    "NewEquihashJob",
    "SubmitEquihashShare",
    "CloseChannel",
  ]);
});
