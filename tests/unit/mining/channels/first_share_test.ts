/**
 * How long a miner works until its first share is accepted, over as many sessions as that takes: an
 * idle one is closed and connects again. Miners of every size, whose stated rate is right, a thousand
 * times too high, a thousand times too low, or not given.
 */
import assert from "node:assert/strict";
import { noMetrics } from "../../../../src/base/mod.ts";
import { JobBook } from "../../../../src/chain/jobs/mod.ts";
import {
  ChannelSession,
  type MiningChannel,
  NoncePrefixes,
  PrefixAccounts,
  RememberedWorkers,
} from "../../../../src/mining/channels/mod.ts";
import { targetOfDifficulty, workOfTarget } from "../../../../src/chain/zcash/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import { jobTemplate } from "../../../support/job_templates.ts";
import { ANY_TARGET } from "../../../support/pool_harness.ts";
import { assertSection } from "../../../support/marked_section.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const README = new URL("../../../../src/wire/protocol/README.md", import.meta.url);

const IDLE_SECONDS = 300;
const AWAY_SECONDS = 12;
const MINERS = 40;

/** A miner of a steady rate before a pool of default settings, second by second. */
class Miner {
  /** The targets with which its sessions began and ended. */
  readonly sessions: { readonly start: bigint; readonly end: bigint }[] = [];
  readonly #rate: number;
  readonly #stated: number;
  readonly #random;
  readonly #book;
  readonly #workers;
  #now = 0;

  constructor(rate: number, stated: number, seed: number) {
    this.#rate = rate;
    this.#stated = stated;
    this.#random = seededRandom(seed);
    this.#book = new JobBook(this.#random);
    this.#book.activate(jobTemplate({ networkTarget: 1n }));
    // Nobody was heard, so that the records know nothing of anybody.
    const records = { lastTarget: () => Promise.resolve(undefined), remember: () => {} };
    this.#workers = new RememberedWorkers(records);
  }

  /** Seconds until the first share. */
  async firstShare(): Promise<number> {
    for (;;) {
      if (await this.#session()) return this.#now / 1_000;
      this.#now += AWAY_SECONDS * 1_000;
      assert(this.#now < 86_400_000, "a day without a share");
    }
  }

  /** True when it ended with a share, false when it was closed as idle. */
  async #session(): Promise<boolean> {
    let silentSince = this.#now;
    const session = new ChannelSession(SETTINGS, {
      clock: { monotonic: () => this.#now, now: () => this.#now, after: () => () => {} },
      book: this.#book,
      metrics: noMetrics("channelsOpen", "jobsSent", "retargets"),
      prefixes: new PrefixAccounts(new NoncePrefixes(4, this.#random)),
      workers: this.#workers,
      identify: () => Promise.resolve({ minerId: "somebody", workerName: "rig" }),
      refusal: () => undefined,
    }, {
      address: "192.0.2.1",
      changesPrefixes: true,
      tell: () => {},
      awaitShare: () => silentSince = this.#now,
    });
    const channel = await this.#open(session);
    const start = channel.target;
    try {
      while (this.#now - silentSince < IDLE_SECONDS * 1_000) {
        this.#now += 1_000;
        const expected = this.#rate / Number(workOfTarget(channel.target));
        if (-Math.log(this.#uniform()) < expected) return true;
        for (const _ of session.tick());
      }
      return false;
    } finally {
      this.sessions.push({ start, end: channel.target });
      session.end();
    }
  }

  async #open(session: ChannelSession): Promise<MiningChannel> {
    let opened: MiningChannel | undefined;
    session.open({
      userIdentity: "somebody.rig",
      nominalHashRate: this.#stated,
      maxTarget: ANY_TARGET,
      freeNonceBytes: 8,
    }, (answer) => {
      if (answer.kind === "opened") opened = answer.channel;
    });
    await settle();
    assert(opened !== undefined);
    return opened;
  }

  #uniform(): number {
    const [a = 0, b = 0, c = 0] = this.#random.bytes(3);
    return (a + b / 256 + c / 65_536 + 1e-9) / 256;
  }
}

/** As the configuration has them when nothing is said. */
const SETTINGS = {
  nonce1Length: 4,
  bounds: { easiest: targetOfDifficulty(0.001), hardest: targetOfDifficulty(1_000_000) },
  initialTarget: targetOfDifficulty(1),
  channelsPerConnectionMax: 8,
  channelsMax: 8,
  targetSharesPerMinute: 5,
  silenceMs: IDLE_SECONDS * 1_000 / 4,
};

/** Solutions a second; the bounds in seconds are for half of the miners and for all but one in 20. */
const TABLE: readonly {
  readonly rate: number;
  readonly right: readonly [median: number, late: number];
  readonly tooHigh: readonly [median: number, late: number];
  readonly tooLow: readonly [median: number, late: number];
  readonly unknown: readonly [median: number, late: number];
}[] = [
  { rate: 0.2, right: [60, 160], tooHigh: [280, 420], tooLow: [60, 160], unknown: [280, 420] },
  { rate: 2, right: [15, 60], tooHigh: [200, 260], tooLow: [15, 60], unknown: [180, 240] },
  { rate: 100, right: [15, 60], tooHigh: [200, 260], tooLow: [2, 2], unknown: [90, 140] },
  { rate: 10_000, right: [15, 60], tooHigh: [200, 260], tooLow: [2, 2], unknown: [2, 6] },
  { rate: 1e6, right: [15, 60], tooHigh: [200, 260], tooLow: [2, 2], unknown: [1, 1] },
];

const STATED = { right: 1, tooHigh: 1_000, tooLow: 0.001, unknown: 0 } as const;

/** Seconds to the first share: of half of the miners at most, and of all but one in 20. */
async function timesOf(rate: number, stated: number): Promise<[median: number, late: number]> {
  const times: number[] = [];
  for (let seed = 0; seed < MINERS; seed++) {
    times.push(await new Miner(rate, stated, seed).firstShare());
  }
  times.sort((a, b) => a - b);
  const [median = NaN, late = NaN] = [times[MINERS / 2], times[MINERS * 0.95 - 1]];
  return [median, late];
}

Deno.test("the wire specification has the times to the first share", async () => {
  const lines = [
    "| Sol/s | rate stated right | 1,000 times too high | 1,000 times too low | not stated |",
    "| --- | --- | --- | --- | --- |",
  ];
  for (const { rate } of TABLE) {
    const cells = [rate.toLocaleString("en-US")];
    for (const factor of Object.values(STATED)) {
      cells.push((await timesOf(rate, rate * factor)).join(", "));
    }
    lines.push(`| ${cells.join(" | ")} |`);
  }
  assertSection(README, "first-share-times", lines.join("\n"));
});

for (const row of TABLE) {
  for (const [how, factor] of Object.entries(STATED)) {
    const bounds = row[how as keyof typeof STATED];
    Deno.test(`${row.rate} Sol/s, stated ${how}: a share after ${bounds[0]} s, rarely later than ${bounds[1]} s`, async () => {
      const [median, late] = await timesOf(row.rate, row.rate * factor);
      assert(median <= bounds[0] && late <= bounds[1], `median ${median} s, late ${late} s`);
    });
  }
}

Deno.test("what a session without a share has shown is where the next one begins", async () => {
  // So slow that several sessions end without a share.
  for (const stated of [0, 1e6]) {
    const miner = new Miner(0.002, stated, 7);
    await miner.firstShare();
    assert(miner.sessions.length > 1);
    let ended: bigint | undefined;
    for (const { start, end } of miner.sessions) {
      if (ended !== undefined) assert.equal(start, ended);
      ended = end;
    }
  }
});

Deno.test("what is remembered of workers has a bound", async () => {
  const workers = new RememberedWorkers({
    lastTarget: () => Promise.resolve(undefined),
    remember: () => {},
  });
  const worker = { minerId: "somebody", workerName: "rig" };
  workers.remember(worker, { target: 2n ** 245n, disproved: 2n ** 230n });
  assert.equal(await workers.lastTarget(worker), 2n ** 245n);
  assert.equal(workers.recent(worker)?.disproved, 2n ** 230n);
  for (let i = 0; i < 20_000; i++) {
    workers.remember({ minerId: "another", workerName: `${i}` }, { target: 1n });
  }
  assert.equal(workers.recent(worker), undefined);
});
