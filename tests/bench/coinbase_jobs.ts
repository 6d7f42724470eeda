/**
 * What does it cost a new job that miners are paid by coinbases, beside a job that pays the pool alone?
 * And how long after the tip is the job there that pays, and what waits for the event loop meanwhile?
 *
 *     deno task bench:coinbase [--json] [--miners=10000] [--tips=20]
 *
 * Every miner has consented, has a balance, and has shares in a window of 100,000. SQLite in a file.
 *
 * @module
 */
import { silentLogger, systemClock } from "../../src/base/mod.ts";
import { openRecords } from "../../src/money/records/mod.ts";
import type { BlockTemplate } from "../../src/chain/zcash/mod.ts";
import { MoneyBench } from "../compliance/money_suite.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { madeTemplate, madeTransaction } from "../support/block_templates.ts";
import { transparentAddress } from "../support/payout_addresses.ts";
import { PayingPool } from "../support/paying_pool.ts";
import { ReadableLedger } from "../support/readable_ledger.ts";
import { TestChain } from "../support/test_chain.ts";

const WINDOW = 100_000;
const BATCH = 1_000;
const HEIGHT = 3_600_000;
const TRANSACTIONS = 50;

interface Figures {
  /** Milliseconds, medians over the tips but for the worst. */
  readonly plain_job_ms: number;
  readonly job_ms: number;
  readonly ratio: number;
  readonly paying_job_ms: number;
  readonly paying_job_worst_ms: number;
  /** The longest time without a turn of the event loop until the paying job, median over the tips. */
  readonly event_loop_held_ms: number;
  readonly payees: number;
}

const option = (name: string, preset: number): number =>
  Number(Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1] ?? preset);

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Gaps between the turns of the event loop, while it watches. */
class LoopWatch {
  worstMs = 0;
  #last = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    this.#last = performance.now();
    const turn = () => {
      const now = performance.now();
      this.worstMs = Math.max(this.worstMs, now - this.#last);
      this.#last = now;
      this.#timer = setTimeout(turn, 0);
    };
    turn();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function templateOn(chain: TestChain, transactions: BlockTemplate["transactions"]): BlockTemplate {
  const { hash, height } = chain.tip;
  return { ...madeTemplate({ height: height + 1, transactions }), previousBlockHash: hash };
}

async function measure(directory: string): Promise<Figures> {
  const miners = option("miners", 10_000);
  const tips = option("tips", 20);
  const clock = new FakeClock(Date.now());
  const location = { kind: "sqlite", path: `${directory}/pool.sqlite` } as const;
  const { store, database } = await openRecords(location, { clock });
  const money = new MoneyBench({ clock, store, database, ledger: new ReadableLedger(database) });
  await money.epoch("pplns", { pplnsWindow: WINDOW });
  const ids = Array.from({ length: miners }, (_, n) => `${transparentAddress(n)}#coinbase`);
  for (let made = 0; made < WINDOW; made += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, n) => {
      const miner = ((made + n) * 7_919) % miners;
      return money.share(ids[miner] ?? "", BigInt(1_000 + miner % 100));
    });
    await money.write(...batch);
  }
  // A block that pays the pool alone: some 0.01 ZEC are owed to each miner.
  const hash = await money.find(1, ids[0] ?? "", 1n, 1_100_000n * BigInt(miners));
  await money.settler.credit(hash);
  await money.settler.mature(hash);

  const chain = new TestChain(HEIGHT);
  const transactions = Array.from({ length: TRANSACTIONS }, (_, n) => madeTransaction(n));
  const modules = { store, database, nodes: [chain], clock: systemClock, logger: silentLogger };
  const options = { seed: 1, minPayoutZat: 1_000_000n };
  const plain = new PayingPool({ ...options, isPaying: false }, modules);
  const pool = new PayingPool(options, modules);
  const times = {
    plain: [] as number[],
    job: [] as number[],
    paying: [] as number[],
    held: [] as number[],
  };
  for (let tip = 0; tip < tips; tip++) {
    chain.extend(1);
    const template = templateOn(chain, transactions);
    const before = performance.now();
    plain.template({ ...template });
    const between = performance.now();
    const sent = pool.sent.length;
    pool.template(template);
    const after = performance.now();
    times.plain.push(between - before);
    times.job.push(after - between);
    const watch = new LoopWatch();
    watch.start();
    while (pool.sent.length < sent + 2) await new Promise((resolve) => setTimeout(resolve, 1));
    watch.stop();
    times.held.push(watch.worstMs);
    times.paying.push(performance.now() - between);
  }
  const payees = (pool.work?.minerOutputs.length ?? 1) - 1;
  await pool.close();
  await plain.close();
  await store.close();
  const [plainMs, jobMs] = [median(times.plain), median(times.job)];
  return {
    plain_job_ms: plainMs,
    job_ms: jobMs,
    ratio: jobMs / plainMs,
    paying_job_ms: median(times.paying),
    paying_job_worst_ms: Math.max(...times.paying),
    event_loop_held_ms: median(times.held),
    payees,
  };
}

const directory = await Deno.makeTempDir();
try {
  const figures = await measure(directory);
  if (Deno.args.includes("--json")) console.log(JSON.stringify(figures));
  else for (const [name, value] of Object.entries(figures)) console.log(name, value.toFixed(2));
} finally {
  await Deno.remove(directory, { recursive: true });
}
