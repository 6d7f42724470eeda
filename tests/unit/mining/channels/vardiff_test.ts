import assert from "node:assert/strict";
import { Vardiff } from "../../../../src/mining/channels/vardiff.ts";

function idealWork(hashRate: number): number {
  return hashRate * 60 / 5;
}

/** A miner of a fixed hash rate whose shares arrive as a seeded Poisson process. */
function simulate(
  options: { hashRate: number; work: number; minutes: number; seed: number },
): { work: number; retargets: { atMs: number; factor: number }[]; sharesInLastHalf: number } {
  const vardiff = new Vardiff({ targetSharesPerMinute: 5, silenceMs: 90_000 }, 0);
  const random = lehmer(options.seed);
  let work = options.work;
  const retargets: { atMs: number; factor: number }[] = [];
  const end = options.minutes * 60_000;
  let sharesInLastHalf = 0;
  let now = 0;
  let nextTick = 1_000;
  for (;;) {
    const arrival = now - Math.log(random()) * 1_000 * work / options.hashRate;
    if (arrival < nextTick) {
      now = arrival;
      vardiff.shareAccepted(now);
      if (now > end / 2) sharesInLastHalf++;
    } else {
      now = nextTick;
      nextTick += 1_000;
    }
    if (now >= end) return { work, retargets, sharesInLastHalf };
    const factor = vardiff.retarget(now);
    if (factor === undefined) continue;
    retargets.push({ atMs: now, factor });
    work = Math.max(1, work * factor);
  }
}

function lehmer(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

Deno.test("an ASIC of 840,000 solutions a second at difficulty 1 is retargeted within two seconds", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { retargets } = simulate({ hashRate: 840_000, work: 8_192, minutes: 1, seed });
    const first = retargets[0];
    assert.ok(
      first !== undefined && first.atMs <= 2_000,
      `seed ${seed}: first at ${first?.atMs} ms`,
    );
  }
});

Deno.test("vardiff brings miners of any size to about five shares a minute", () => {
  for (const hashRate of [3, 1_000, 840_000, 50_000_000]) {
    for (let seed = 1; seed <= 5; seed++) {
      const { work } = simulate({ hashRate, work: 8_192, minutes: 60, seed });
      const ratio = work / idealWork(hashRate);
      assert.ok(
        ratio > 1 / 3 && ratio < 3,
        `${hashRate} Sol/s, seed ${seed}: ${ratio} of the ideal`,
      );
    }
  }
});

Deno.test("a miner at the right difficulty is left alone", () => {
  let retargets = 0;
  for (let seed = 1; seed <= 20; seed++) {
    retargets += simulate({ hashRate: 1_000, work: idealWork(1_000), minutes: 60, seed })
      .retargets.length;
  }
  // 20 hours of mining: chance may move a target now and then, not every few minutes.
  assert.ok(retargets < 60, `${retargets} retargets in 20 hours`);
});

Deno.test("a silent channel is eased step by step and never by more than a factor of four", () => {
  const vardiff = new Vardiff({ targetSharesPerMinute: 5, silenceMs: 90_000 }, 0);
  const factors: number[] = [];
  for (let now = 0; now <= 300_000; now += 1_000) {
    const factor = vardiff.retarget(now);
    if (factor !== undefined) factors.push(factor);
  }
  assert.ok(factors.length >= 3, `${factors.length} steps in five minutes`);
  for (const factor of factors) assert.ok(factor >= 1 / 4 && factor < 1, String(factor));
});

Deno.test("shares of an earlier, easier target do not look like a second flood", () => {
  const vardiff = new Vardiff({ targetSharesPerMinute: 5, silenceMs: 90_000 }, 0);
  for (let i = 0; i < 100; i++) vardiff.shareAccepted(1_000 + i);
  const factor = vardiff.retarget(1_100);
  assert.ok(factor !== undefined && factor > 100);
  for (let i = 0; i < 100; i++) vardiff.shareAccepted(1_100 + i, 1 / factor);
  assert.equal(vardiff.retarget(2_200), undefined);
});
