/** A miner's word about its hash rate is believed until it was shown wrong, however often it is given. */
import assert from "node:assert/strict";
import { MiningChannel } from "../../../../src/mining/channels/mod.ts";
import { targetForHashRate } from "../../../../src/mining/channels/vardiff.ts";
import { targetOfDifficulty } from "../../../../src/chain/zcash/mod.ts";
import { jobTemplate } from "../../../support/job_templates.ts";
import { ANY_TARGET } from "../../../support/pool_harness.ts";

const PACE = 5;
const STATED = targetForHashRate(1e6, PACE);

function openStated(): MiningChannel {
  return new MiningChannel({
    miner: { minerId: "somebody", workerName: "" },
    nonce1: new Uint8Array(4),
    bounds: { easiest: targetOfDifficulty(0.001), hardest: 1n },
    start: { target: STATED, stated: STATED },
    maxTarget: ANY_TARGET,
    vardiff: { targetSharesPerMinute: PACE, silenceMs: 75_000 },
    nowMs: 0,
  });
}

function state(channel: MiningChannel, hashRate: number, nowMs: number): boolean {
  const target = targetForHashRate(hashRate, PACE);
  return channel.update({ target, maxTarget: ANY_TARGET }, nowMs);
}

Deno.test("a rate that silence has shown wrong is not believed again, nor is a higher one", () => {
  const channel = openStated();
  assert.equal(channel.retarget(36_000), true);
  const eased = channel.target;
  assert(eased > STATED);
  assert.deepEqual(channel.state, { target: eased, disproved: STATED });
  for (const rate of [1e6, 2e6, 1e9]) assert.equal(state(channel, rate, 37_000), false);
  assert.equal(channel.target, eased);
  // Nor does the word put variable difficulty off.
  assert.equal(channel.retarget(72_000), true);
  assert.equal(state(channel, 1_000, 73_000), true, "a lower rate may be right");
});

Deno.test("a rate is believed again when shares came as fast as it promises", () => {
  const channel = openStated();
  channel.retarget(36_000);
  const job = channel.issue(jobTemplate({ networkTarget: 1n }), 1);
  for (let i = 0; i < 200; i++) channel.shareAccepted(job, 38_000);
  assert.equal(channel.retarget(38_000), true);
  assert(channel.target < STATED);
  assert.equal(channel.state.disproved, undefined);
});

Deno.test("time without work says nothing of a miner", () => {
  const channel = openStated();
  for (let now = 0; now < 600_000; now += 1_000) channel.passOver(now);
  assert.equal(channel.retarget(610_000), false);
  assert.equal(channel.target, STATED);
});
