/**
 * What one solution is worth must be settled before it is found. A miner who may choose among jobs
 * of different targets afterwards hands a good hash in as a hard share and the others as easy ones,
 * and is paid for more work than he did.
 */
import assert from "node:assert/strict";
import { compareLe256, concatBytes, u256FromLe, u256ToLe } from "../../../../src/base/mod.ts";
import {
  type MessageValue,
  NewEquihashJob,
  SetTarget,
  SubmitSharesError,
  UpdateChannel,
} from "../../../../src/wire/protocol/mod.ts";
import { encodeHeaderPrefix, sha256d } from "../../../../src/chain/zcash/mod.ts";
import {
  goodSolution,
  type HarnessMiner,
  MINER_ADDRESS,
  numberedBytes,
  PoolHarness,
  templateOn,
} from "../../../support/pool_harness.ts";

type Job = MessageValue<typeof NewEquihashJob>;

/** Solutions that the miner finds. */
const SOLUTIONS = 4_000;

/** Every second solution is a share, then every eighth, 32nd, 128th. */
const TARGETS = [255n, 253n, 251n, 249n].map((bits) => 1n << bits);

function hashOf(job: Job, nonce2: Uint8Array): Uint8Array {
  return sha256d(concatBytes(
    encodeHeaderPrefix({
      version: job.version,
      previousBlockHash: job.prevHash,
      merkleRoot: job.merkleRoot,
      blockCommitments: job.blockCommitments,
      time: job.time,
      bits: job.bits,
    }),
    job.nonce1,
    nonce2,
    Uint8Array.of(0xfd, 0x40, 0x05),
    goodSolution(),
  ));
}

/** Asks for a target when the last one is a second old; the tiny hash rate has vardiff begin anew. */
async function ask(
  pool: PoolHarness,
  miner: HarnessMiner,
  channelId: number,
  target: bigint,
): Promise<Job> {
  await pool.clock.advance(1_000);
  const maximumTarget = u256ToLe(target);
  await miner.send(UpdateChannel.encode({ channelId, nominalHashRate: 1e-9, maximumTarget }));
  return miner.job;
}

/**
 * Searches the headers of one job and hands each good one in as the best paid job takes it.
 *
 * @returns what a solution was paid, in solutions.
 */
async function mineFor(
  pool: PoolHarness,
  miner: HarnessMiner,
  searched: Job,
  paid: readonly Job[],
): Promise<number> {
  const before = creditedWork(pool);
  for (let i = 0; i < SOLUTIONS; i++) {
    const nonce2 = numberedBytes(searched.nonce2Len, i + 1);
    const hash = hashOf(searched, nonce2);
    const best = paid.find(({ target }) => compareLe256(hash, target) <= 0);
    if (best !== undefined) await miner.share({ jobId: best.jobId, nonce2 });
  }
  return (creditedWork(pool) - before) / SOLUTIONS;
}

function creditedWork(pool: PoolHarness): number {
  return pool.eventsOf("share_accepted").reduce((sum, { work }) => sum + Number(work), 0);
}

for (const nonce1Length of [4, 1]) {
  Deno.test(`a solution cannot be handed in for whichever target pays most, nonce_1 of ${nonce1Length} bytes`, async () => {
    const pool = await PoolHarness.start({ nonce1Length });
    await pool.template(templateOn(1));
    const miner = await pool.connectMiner();
    // All prefixes of one byte are in use then: the targets cannot be told apart by them.
    for (let i = 1; nonce1Length === 1 && i < 256; i++) await miner.open(`${MINER_ADDRESS}.r${i}`);
    const { channelId } = miner.heard(NewEquihashJob)[0] as Job;
    const jobs: Job[] = [];
    for (const target of TARGETS) jobs.unshift(await ask(pool, miner, channelId, target));
    if (nonce1Length > 1) {
      assert.deepEqual(jobs.map(({ target }) => u256FromLe(target)), TARGETS.toReversed());
    }
    const [hardest, easiest] = [jobs[0] as Job, jobs.at(-1) as Job];
    for (const searched of [easiest, hardest]) {
      const paid = await mineFor(pool, miner, searched, jobs);
      // Some 1 by chance of 31 hard shares; with a choice among all four it would be 3.25.
      assert(paid < 2, `each solution was paid ${paid} times`);
    }
    await pool.stop();
  });
}

Deno.test("where no nonce prefix is left, a solution that was kept back is not paid by a later target", async () => {
  const pool = await PoolHarness.start({ nonce1Length: 1 });
  await pool.template(templateOn(1));
  const miner = await pool.connectMiner();
  const first = miner.job;
  for (let i = 1; i < 256; i++) await miner.open(`${MINER_ADDRESS}.r${i}`);
  const easy = await ask(pool, miner, first.channelId, TARGETS[0] as bigint);
  const hard = await ask(pool, miner, first.channelId, TARGETS.at(-1) as bigint);
  const jobs = miner.heard(NewEquihashJob).filter(({ channelId }) => channelId === first.channelId);
  const headers = new Set(jobs.map(({ nonce1, prevHash }) => `${nonce1} ${prevHash}`));
  const targets = new Set(jobs.map(({ target }) => u256FromLe(target)));
  assert.equal(targets.size, headers.size, "one target for the same headers");
  // What is in flight counts, and the wish is obeyed as soon as there are other headers.
  await miner.share({ jobId: first.jobId, channelId: first.channelId });
  assert.equal(miner.heard(SubmitSharesError).length, 0);
  assert.notEqual(u256FromLe(hard.target), TARGETS.at(-1));
  assert.deepEqual(easy.target, hard.target);
  await pool.template(templateOn(2));
  const [announced, ...others] = miner.heard(SetTarget);
  assert.equal(others.length, 0);
  assert.equal(u256FromLe(announced?.maximumTarget ?? new Uint8Array(32)), TARGETS.at(-1));
  const next = miner.heard(NewEquihashJob).findLast((job) => job.channelId === first.channelId);
  assert.deepEqual(next?.target, announced?.maximumTarget);
  await pool.stop();
});
