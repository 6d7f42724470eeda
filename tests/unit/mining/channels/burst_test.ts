/**
 * A miner who floods the pool with easy shares is answered by what was measured of him, whatever he
 * asks for with UpdateChannel: under `pplns` in shares easy shares push everybody else's out.
 */
import assert from "node:assert/strict";
import { MiningChannel } from "../../../../src/mining/channels/mod.ts";
import { targetForHashRate } from "../../../../src/mining/channels/vardiff.ts";
import { targetOfDifficulty, workOfTarget } from "../../../../src/chain/zcash/mod.ts";
import { jobTemplate } from "../../../support/job_templates.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const PACE = 5;
const EASIEST = targetOfDifficulty(1);
const ANY_TARGET = (1n << 256n) - 1n;
/** Solutions a second of an ASIC: a hundred shares a second at difficulty 1. */
const ASIC = 840_000;
const TINY = 1e-6;
const STEP_MS = 10;

/** A channel and a miner of a steady hash rate on it, in steps of 10 ms. */
class Rig {
  readonly channel: MiningChannel;
  readonly #random = seededRandom(7);
  readonly #template = jobTemplate({ networkTarget: 1n });
  #job;
  #lastJob = 1;
  now = 0;
  shares = 0;

  constructor(hashRate?: number) {
    this.channel = new MiningChannel({
      miner: { minerId: "somebody", workerName: "" },
      nonce1: new Uint8Array(4),
      bounds: { easiest: EASIEST, hardest: 1n },
      start: { target: hashRate === undefined ? EASIEST : targetForHashRate(hashRate, PACE) },
      maxTarget: ANY_TARGET,
      vardiff: { targetSharesPerMinute: PACE, silenceMs: 75_000 },
      nowMs: 0,
    });
    this.#job = this.channel.issue(this.#template, this.#lastJob);
  }

  /** Mines, and says with each step what hash rate it claims. */
  mine(ms: number, hashRate: number, claim?: (nowMs: number) => number | undefined): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += STEP_MS;
      const claimed = claim?.(this.now);
      if (claimed !== undefined) this.ask(claimed);
      for (let left = hashRate * STEP_MS / 1_000; left > 0;) {
        left += Math.log(this.#uniform()) * Number(this.#job.work);
        if (left <= 0) break;
        this.shares++;
        this.channel.shareAccepted(this.#job, this.now);
        this.#look();
      }
      if (this.now % 1_000 === 0) this.#look();
    }
  }

  ask(hashRate: number): void {
    const target = targetForHashRate(hashRate, PACE);
    if (this.channel.update({ target, maxTarget: ANY_TARGET }, this.now)) this.#issue();
  }

  /** The channel's work by that of the miner's right target. */
  fit(hashRate: number): number {
    return Number(workOfTarget(this.channel.target)) / (hashRate * 60 / PACE);
  }

  #look(): void {
    if (this.channel.retarget(this.now)) this.#issue();
  }

  #issue(): void {
    // As with each new target: its solutions are searched under another prefix.
    this.channel.replaceNonce1(new Uint8Array(4));
    this.#job = this.channel.issue(this.#template, ++this.#lastJob);
  }

  #uniform(): number {
    const [a = 0, b = 0, c = 0] = this.#random.bytes(3);
    return (a + b / 256 + c / 65_536 + 1e-9) / 256;
  }
}

const CLAIMS: Record<string, (nowMs: number) => number | undefined> = {
  "the same tiny rate every 10 ms": () => TINY,
  "the same tiny rate every second": (now) => now % 1_000 === 0 ? TINY : undefined,
  "a tiny and his own rate in turn": (now) =>
    now % 1_000 === 0 ? (now % 2_000 === 0 ? ASIC : TINY) : undefined,
  // 0.1 % at a time: each of them is another target.
  "slightly more every second": (now) =>
    now % 1_000 === 0 ? 700 * 1.001 ** (now / 1_000) : undefined,
};

for (const [name, claim] of Object.entries(CLAIMS)) {
  Deno.test(`a flood is answered in two seconds, and once, from a miner who claims ${name}`, () => {
    const rig = new Rig(ASIC);
    rig.mine(60_000, ASIC);
    rig.shares = 0;
    rig.mine(2_000, ASIC, claim);
    assert(rig.shares < 300, `${rig.shares} shares in two seconds`);
    rig.shares = 0;
    rig.mine(598_000, ASIC, claim);
    // Twice the pace of ten minutes, and what comes when the burst is forgotten at last.
    assert(rig.shares < 2 * PACE * 10 + 50, `${rig.shares} shares in ten minutes`);
  });
}

Deno.test("over an hour of asking a miner sends at most some five times the wanted shares", () => {
  const rig = new Rig(ASIC);
  rig.mine(3_600_000, ASIC, () => TINY);
  assert(rig.shares < 5 * PACE * 60, `${rig.shares} shares`);
});

Deno.test("a proxy whose hash rate fell is served at once, again and again", () => {
  const rig = new Rig(ASIC);
  rig.mine(300_000, ASIC);
  for (const rate of [ASIC / 10, ASIC / 100]) {
    rig.ask(rate);
    assert(Math.abs(rig.fit(rate) - 1) < 0.01, `${rig.fit(rate)} of the right work`);
    rig.mine(120_000, rate);
  }
});

Deno.test("a harder target is served at once, in a burst too", () => {
  const rig = new Rig();
  rig.mine(300, ASIC);
  assert(rig.shares > 16);
  rig.ask(ASIC);
  assert(Math.abs(rig.fit(ASIC) - 1) < 0.01, `${rig.fit(ASIC)} of the right work`);
  rig.mine(10_000, ASIC);
  assert(Math.abs(rig.fit(ASIC) - 1) < 0.01, "what came before it counts no more");
});

Deno.test("after a burst variable difficulty still eases for a rate that fell, and words do later", () => {
  const rig = new Rig();
  rig.mine(10_000, ASIC);
  const before = rig.channel.target;
  rig.ask(ASIC / 100);
  assert.equal(rig.channel.target, before);
  rig.mine(600_000, ASIC / 100);
  assert(rig.fit(ASIC / 100) < 4, `${rig.fit(ASIC / 100)} times the right work after ten minutes`);
  rig.ask(ASIC / 200);
  assert(Math.abs(rig.fit(ASIC / 200) - 1) < 0.01);
});
