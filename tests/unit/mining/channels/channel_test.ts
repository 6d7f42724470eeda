import assert from "node:assert/strict";
import { MiningChannel } from "../../../../src/mining/channels/mod.ts";
import { targetOfDifficulty } from "../../../../src/chain/zcash/mod.ts";
import { jobTemplate } from "../../../support/job_templates.ts";

const ANY_TARGET = (1n << 256n) - 1n;
const HARD = targetOfDifficulty(1_000);

function channelWith(options: { easiest: bigint; hardest: bigint; maxTarget?: bigint }) {
  return new MiningChannel({
    miner: { minerId: "somebody", workerName: "" },
    nonce1: new Uint8Array(4),
    bounds: { easiest: options.easiest, hardest: options.hardest },
    start: { target: options.easiest },
    maxTarget: options.maxTarget ?? ANY_TARGET,
    vardiff: { targetSharesPerMinute: 5, silenceMs: 75_000 },
    nowMs: 0,
  });
}

Deno.test("no target is harder than max_difficulty, also where it equals the easiest one", () => {
  const fixed = targetOfDifficulty(1);
  for (
    const options of [
      // A fixed difficulty: min_difficulty is max_difficulty.
      { easiest: fixed, hardest: fixed },
      // A miner whose easiest target is the pool's hardest.
      { easiest: fixed, hardest: HARD, maxTarget: HARD },
      { easiest: fixed, hardest: HARD },
    ]
  ) {
    const channel = channelWith(options);
    const { maxTarget = ANY_TARGET } = options;
    channel.update({ target: 1n, maxTarget }, 0);
    assert.equal(channel.target, options.hardest);
    const job = channel.issue(jobTemplate({ height: 1, time: 1 }), 1);
    for (let i = 0; i < 1_000; i++) channel.shareAccepted(job, 1_500);
    channel.retarget(2_000);
    assert.equal(channel.target, options.hardest);
  }
});

Deno.test("retargets choose among few targets, whatever the pace of shares", () => {
  const targets = new Set<bigint>();
  for (let pace = 1; pace <= 5_000; pace++) {
    const channel = channelWith({ easiest: targetOfDifficulty(1), hardest: 1n });
    const job = channel.issue(jobTemplate({ height: 1, time: 1 }), 1);
    for (let share = 0; share < 16 + pace % 7; share++) channel.shareAccepted(job, 1_000);
    assert.equal(channel.retarget(1_000 + pace * 4), true);
    targets.add(channel.target);
    // By the miner's own word, which may be anything.
    channel.update({ target: 2n ** 242n + BigInt(pace) * 10n ** 50n, maxTarget: ANY_TARGET }, 0);
    targets.add(channel.target);
  }
  for (const target of targets) {
    // Twelve bits and then ones, as difficulty 1 has.
    const step = 2n ** BigInt(target.toString(2).length - 12);
    assert.equal((target + 1n) % step, 0n);
  }
});
