import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { bytesToHex, concatBytes, displayHash, hexToBytes } from "../../../../src/base/mod.ts";
import { headerHash, Work } from "../../../../src/demo/miner/work.ts";
import {
  NewEquihashJob,
  SetExtranoncePrefix,
  SetTarget,
  SubmitSharesError,
  SubmitSharesSuccess,
} from "../../../../src/wire/protocol/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import vectors from "../../../vectors/data/zcash/blocks.json" with { type: "json" };
import { EVERY_HASH, jobOf, NO_HASH, PREFIX, solution, Stage } from "./_scripted_pool.ts";

function sha256d(bytes: Uint8Array): Uint8Array {
  const once = createHash("sha256").update(bytes).digest();
  return new Uint8Array(createHash("sha256").update(once).digest());
}

function success(lastSequenceNumber: number, count: number): Uint8Array {
  return SubmitSharesSuccess.encode({
    channelId: 7,
    lastSequenceNumber,
    newSubmitsAcceptedCount: count,
    newSharesSum: BigInt(count),
  });
}

Deno.test("a job is searched under its own header with the pool's prefix in front of the nonce", async () => {
  const stage = await Stage.searching();
  const { headerPrefix, nonce } = stage.solver.last;
  assert.equal(
    bytesToHex(headerPrefix),
    "04000000" + "01".repeat(32) + "02".repeat(32) + "03".repeat(32) + "00d2496b" + "ffff071f",
  );
  assert.equal(nonce.length, 32);
  assert.deepEqual(nonce.subarray(0, 4), PREFIX);
  await stage.stop();
});

Deno.test("a solution that meets the target is submitted with its nonce_2, time and job", async () => {
  const stage = await Stage.searching({ jobId: 77 });
  const { headerPrefix, nonce, find } = stage.solver.last;
  await find(solution(9));
  const share = await stage.pool.expect("SubmitEquihashShare");
  assert.deepEqual(share, {
    channelId: 7,
    sequenceNumber: 0,
    jobId: 77,
    nonce2: nonce.slice(4),
    time: 1_800_000_000,
    solution: solution(9),
  });
  const header = concatBytes(headerPrefix, nonce, hexToBytes("fd4005"), solution(9));
  assert.deepEqual(stage.of("share_found"), [
    { kind: "share_found", sequenceNumber: 0, jobId: 77, hash: sha256d(header) },
  ]);
  await stage.stop();
});

Deno.test("a real block is a share of its own bits, and its hash is the block's", () => {
  for (const block of vectors.blocks.filter((one) => one.equihash[0] === 200)) {
    const header = hexToBytes(block.hex).subarray(0, 1487);
    const nonce = header.subarray(108, 140);
    const view = new DataView(header.buffer, header.byteOffset);
    const work = new Work(
      jobOf({
        prevHash: header.subarray(4, 36),
        merkleRoot: header.subarray(36, 68),
        blockCommitments: header.subarray(68, 100),
        time: view.getUint32(100, true),
        bits: view.getUint32(104, true),
        nonce1: nonce.subarray(0, 5),
        nonce2Len: 27,
      }),
      0,
    );
    const counter = BigInt(`0x${bytesToHex(nonce.slice(5).reverse())}`);
    const attempt = work.attempt(counter);
    assert.equal(bytesToHex(attempt.headerPrefix), bytesToHex(header.subarray(0, 108)));
    assert.equal(bytesToHex(attempt.nonce), bytesToHex(nonce));
    const hash = headerHash(attempt, header.subarray(143));
    assert.equal(displayHash(hash), block.hash, `${block.network} ${block.height}`);
  }
});

Deno.test("a hash equal to the target is a share, one above it is not", async () => {
  const probe = await Stage.searching();
  await probe.solver.last.find(solution(1));
  const hash = probe.of("share_found")[0]?.hash;
  assert.ok(hash !== undefined);
  await probe.stop();

  const below = BigInt(`0x${displayHash(hash)}`) - 1n;
  const justBelow = hexToBytes(below.toString(16).padStart(64, "0")).reverse();
  for (const [target, shares] of [[hash, 1], [justBelow, 0], [NO_HASH, 0]] as const) {
    // The same seed tries the same nonce, so the same solution has the same hash.
    const stage = await Stage.searching({ target });
    await stage.solver.last.find(solution(1));
    assert.equal(stage.of("share_found").length, shares);
    assert.equal(stage.pool.received.length, shares);
    assert.deepEqual(stage.of("searched"), [{ kind: "searched", solutions: 1 }]);
    await stage.stop();
  }
});

Deno.test("no nonce is tried twice, also when the same header comes under another job id", async () => {
  const stage = await Stage.searching();
  for (let i = 0; i < 5; i++) await stage.solver.last.find();
  await stage.pool.send(NewEquihashJob.encode(jobOf({ jobId: 2, cleanJobs: false })));
  for (let i = 0; i < 5; i++) await stage.solver.last.find();
  const nonces = stage.solver.searches.map((search) => bytesToHex(search.nonce));
  assert.equal(nonces.length, 11);
  assert.equal(new Set(nonces).size, 11);
  await stage.stop();
});

Deno.test("a nonce_2 of one byte is used up after 256 attempts and the time moves on", () => {
  const work = new Work(jobOf({ nonce1: new Uint8Array(31), nonce2Len: 1 }), 0);
  const seen = new Set<string>();
  for (let counter = 1000n; counter < 1512n; counter++) {
    const { headerPrefix, nonce, time } = work.attempt(counter);
    assert.equal(time, counter < 1256n ? 1_800_000_000 : 1_800_000_001);
    assert.equal(new DataView(headerPrefix.buffer).getUint32(100, true), time);
    seen.add(bytesToHex(headerPrefix) + bytesToHex(nonce));
  }
  assert.equal(seen.size, 512, "all headers differ");
});

Deno.test("one acknowledgement speaks for all shares before it that were not refused", async () => {
  const stage = await Stage.searching();
  await stage.solver.last.find(solution(1), solution(2), solution(3), solution(4));
  await stage.clock.advance(40);
  const errorCode = "difficulty-too-low";
  await stage.pool.send(
    SubmitSharesError.encode({ channelId: 7, sequenceNumber: 1, errorCode }),
    success(2, 2),
  );
  assert.deepEqual(
    stage.of("share_rejected").map((e) => [e.sequenceNumber, e.code, e.answerMs]),
    [[1, errorCode, 40]],
  );
  assert.deepEqual(stage.of("share_accepted").map((e) => [e.sequenceNumber, e.answerMs]), [
    [0, 40],
    [2, 40],
  ]);
  await stage.pool.send(success(3, 1));
  assert.equal(stage.of("share_accepted").length, 3);
  assert.deepEqual(stage.of("warning"), []);
  await stage.stop();
});

Deno.test("answers that do not add up are reported and do not stop the miner", async () => {
  const stage = await Stage.searching();
  await stage.solver.last.find(solution(1));
  await stage.pool.send(success(5, 1));
  assert.equal(stage.of("share_accepted").length, 0, "share 5 was never sent");
  await stage.pool.send(success(0, 2));
  await stage.pool.send(
    SubmitSharesError.encode({ channelId: 7, sequenceNumber: 0, errorCode: "stale-share" }),
  );
  assert.deepEqual(stage.of("warning").map((event) => event.message), [
    "1 shares acknowledged, 0 waited for it",
    "2 shares acknowledged, 1 waited for it",
    "share 0 was refused and does not wait",
  ]);
  await stage.solver.last.find(solution(2));
  assert.equal(stage.of("share_found").length, 2);
  await stage.stop();
});

Deno.test("clean_jobs drops the work under way and the next nonce is of the new job", async () => {
  const stage = await Stage.searching({ jobId: 1 });
  await stage.pool.send(NewEquihashJob.encode(jobOf({ jobId: 2, time: 1_800_000_009 })));
  assert.equal(stage.solver.searches.length, 1, "a nonce is never cut short");
  await stage.solver.last.find(solution(1));
  assert.deepEqual(stage.of("share_found"), []);
  await stage.solver.last.find(solution(2));
  const share = await stage.pool.expect("SubmitEquihashShare");
  assert.deepEqual([share.jobId, share.time], [2, 1_800_000_009]);
  await stage.stop();
});

Deno.test("a refresh without clean_jobs leaves the share under way good", async () => {
  const stage = await Stage.searching({ jobId: 1 });
  await stage.pool.send(NewEquihashJob.encode(jobOf({ jobId: 2, cleanJobs: false })));
  await stage.solver.last.find(solution(1));
  assert.equal((await stage.pool.expect("SubmitEquihashShare")).jobId, 1);
  await stage.solver.last.find(solution(2));
  assert.equal((await stage.pool.expect("SubmitEquihashShare")).jobId, 2);
  await stage.stop();
});

Deno.test("a share is judged by the target of its own job, whatever SetTarget says", async () => {
  const stage = await Stage.searching({ jobId: 1 });
  await stage.pool.send(SetTarget.encode({ channelId: 7, maximumTarget: NO_HASH }));
  assert.deepEqual(stage.of("target"), [{ kind: "target", target: NO_HASH }]);
  await stage.solver.last.find(solution(1));
  assert.equal((await stage.pool.expect("SubmitEquihashShare")).jobId, 1);
  const harder = jobOf({ jobId: 2, target: NO_HASH, cleanJobs: false });
  await stage.pool.send(NewEquihashJob.encode(harder));
  await stage.solver.last.find(solution(2));
  await stage.solver.last.find(solution(3));
  assert.deepEqual(
    stage.of("share_found").map((event) => event.jobId),
    [1, 1],
    "the nonce under way still was of job 1",
  );
  await stage.stop();
});

Deno.test("a new prefix is used from the next job on", async () => {
  const stage = await Stage.searching();
  const other = hexToBytes("0b0b0b0b");
  await stage.pool.send(SetExtranoncePrefix.encode({ channelId: 7, extranoncePrefix: other }));
  await stage.solver.last.find();
  assert.deepEqual(stage.solver.last.nonce.slice(0, 4), PREFIX);
  await stage.pool.send(NewEquihashJob.encode(jobOf({ jobId: 2, nonce1: other })));
  await stage.solver.last.find();
  assert.deepEqual(stage.solver.last.nonce.slice(0, 4), other);
  assert.deepEqual(stage.of("warning"), []);
  await stage.stop();
});

Deno.test("jobs that break the rules are reported; those of others and of the future are not worked on", async () => {
  const stage = await Stage.open();
  await stage.pool.send(NewEquihashJob.encode(jobOf({ channelId: 8 })));
  await stage.pool.send(NewEquihashJob.encode(jobOf({ futureJob: true })));
  assert.equal(stage.solver.searches.length, 0);
  await stage.pool.send(NewEquihashJob.encode(jobOf({ nonce1: hexToBytes("00000000") })));
  assert.equal(stage.solver.searches.length, 1);
  assert.equal(stage.of("warning").length, 3);
  await stage.stop();
});

Deno.test("the same seed tries the same nonces, another seed others", async () => {
  const nonces: string[] = [];
  for (const seed of [5, 5, 6]) {
    const stage = await Stage.open({}, seed);
    await stage.pool.send(NewEquihashJob.encode(jobOf()));
    nonces.push(bytesToHex(stage.solver.last.nonce));
    await stage.stop();
  }
  assert.equal(nonces[0], nonces[1]);
  assert.notEqual(nonces[0], nonces[2]);
});

Deno.test("what a job event holds does not change with the wire's buffers", async () => {
  const stage = await Stage.open();
  const frame = NewEquihashJob.encode(jobOf());
  stage.pool.connection.send(frame);
  await settle();
  frame.fill(0);
  assert.deepEqual(stage.of("job"), [
    { kind: "job", jobId: 1, cleanJobs: true, target: EVERY_HASH },
  ]);
  await stage.stop();
});
