/**
 * How many accepted shares a second can be kept, with their PPS credits and 10,000 miners, beside
 * the same rows put by a plain multi-row INSERT into the operators' documented table, which knows no
 * duplicates and no money? And how long does it take to divide a block by a PPLNS window of 100,000
 * shares, and how long do shares wait meanwhile?
 *
 *     deno task bench:ledger [--json] [--shares=100000]
 *
 * PostgreSQL runs in a cluster of its own with its usual settings, commits flushed.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import postgres from "postgres";
import { systemClock, systemRandom } from "../../src/base/mod.ts";
import { ppsCredit } from "../../src/money/ledger/mod.ts";
import { BlockSettler, ShareReader } from "../../src/money/books/mod.ts";
import { ReadableLedger } from "../support/readable_ledger.ts";
import { openRecords, type Records, type ShareRecord } from "../../src/money/records/mod.ts";
import { blockOf } from "../compliance/store_suite.ts";
import { PostgresCluster } from "../support/postgres_cluster.ts";
import { findProgram } from "../support/requirements.ts";

const BATCH = 250;
const MINERS = 10_000;
const WINDOW = 100_000;
const BLOCKS = 5;
const DIFFICULTY_1 = 2n ** 243n - 1n;

/** A way to put rows as an operator would by hand. */
interface Baseline {
  insert(batch: readonly ShareRecord[]): Promise<void>;
  close(): Promise<void>;
}

interface Result {
  readonly database: string;
  readonly shares_per_second: number;
  readonly baseline_per_second: number;
  readonly ratio: number;
  readonly pplns_settle_ms: number;
  readonly share_wait_ms: number;
}

const option = (name: string): string | undefined =>
  Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1];
const shareCount = Number(option("shares") ?? WINDOW);

let made = 0;
/** A share that is paid for at its acceptance, with everything that is computed for it. */
function makeShare(): ShareRecord {
  const n = made++;
  const miner = (n * 7_919) % MINERS;
  // Each miner has a difficulty of his own, as variable difficulty gives it.
  const target = DIFFICULTY_1 / BigInt(1 + miner % 100);
  const terms = { networkTarget: 2n ** 232n - 1n, rewardZat: 41_666_668n, feePpm: 10_000 };
  return {
    proofId: systemRandom.bytes(32),
    minerId: `t1VydNnkjBzfL1iAMyUbwGKJAF7P${miner}`,
    workerName: "rig-1",
    target,
    difficulty: 1 + miner % 100,
    jobId: n % 2 ** 31,
    height: 3_590_000 + Math.floor(n / 20_000),
    timestampMs: Date.now(),
    isBlock: false,
    creditPicoZat: ppsCredit({
      shareTarget: target,
      networkTarget: terms.networkTarget,
      subsidyZat: terms.rewardZat,
      feePpm: terms.feePpm,
    }),
    terms,
  };
}
/** A share that waits for a block: only such are in a window. */
function makeUnpaid(): ShareRecord {
  const { terms, ...share } = makeShare();
  return { ...share, creditPicoZat: 0n, ...(terms && { terms: { ...terms, rewardZat: 0n } }) };
}
const makeBatch = (): ShareRecord[] => Array.from({ length: BATCH }, makeShare);

function rowsOf(batch: readonly ShareRecord[]): (string | number | boolean)[] {
  return batch.flatMap(({ minerId, difficulty, timestampMs, jobId, isBlock }) => [
    minerId,
    difficulty,
    new Date(timestampMs).toISOString(),
    jobId,
    isBlock,
  ]);
}

function sqliteBaseline(directory: string): Baseline {
  const plain = new DatabaseSync(`${directory}/plain.sqlite`);
  plain.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE shares (id INTEGER PRIMARY KEY, miner_id TEXT NOT NULL, difficulty REAL NOT NULL,
      timestamp TEXT, job_id INTEGER NOT NULL, is_block INTEGER)`);
  const insert = plain.prepare(
    `INSERT INTO shares (miner_id, difficulty, timestamp, job_id, is_block) VALUES ${
      Array(BATCH).fill("(?, ?, ?, ?, ?)").join(", ")
    }`,
  );
  return {
    insert: (batch) => {
      insert.run(...rowsOf(batch).map((value) => typeof value === "boolean" ? 0 : value));
      return Promise.resolve();
    },
    close: () => Promise.resolve(plain.close()),
  };
}

async function postgresBaseline(url: string): Promise<Baseline> {
  const { hostname, port } = new URL(url);
  const sql = postgres({
    host: hostname,
    port: Number(port),
    user: "postgres",
    database: "postgres",
    max: 1,
  });
  await sql.unsafe(`CREATE TABLE shares (id BIGSERIAL PRIMARY KEY, miner_id VARCHAR(255) NOT NULL,
    difficulty DOUBLE PRECISION NOT NULL, timestamp TIMESTAMP DEFAULT NOW(),
    job_id INTEGER NOT NULL, is_block BOOLEAN DEFAULT FALSE)`);
  const list = Array.from(
    { length: BATCH },
    (_, row) =>
      `($${row * 5 + 1}, $${row * 5 + 2}, $${row * 5 + 3}, $${row * 5 + 4}, $${row * 5 + 5})`,
  );
  const insert = `INSERT INTO shares (miner_id, difficulty, timestamp, job_id, is_block) VALUES ${
    list.join(", ")
  }`;
  return {
    insert: async (batch) => {
      await sql.unsafe(insert, rowsOf(batch), { prepare: true });
    },
    close: () => sql.end(),
  };
}

async function measure(
  database: string,
  records: Records,
  baseline: Baseline,
): Promise<Result> {
  const { store } = records;
  const sql = records.database;
  const ledger = new ReadableLedger(sql);
  await ledger.beginEpoch({
    scheme: "pplns",
    feePpm: 10_000,
    pplnsWindow: WINDOW,
    pplnsWindowUnit: "shares",
  }, 0);
  // Every miner's first share makes rows of its own; what is asked is what comes after.
  for (let n = 0; n < MINERS; n += BATCH) await store.recordShares(makeBatch());
  let storeMs = 0;
  let baselineMs = 0;
  for (let n = 0; n < shareCount; n += BATCH) {
    // The making is in the store's time: the credit is part of what is asked.
    const started = performance.now();
    const batch = makeBatch();
    await store.recordShares(batch);
    storeMs += performance.now() - started;
    const plain = performance.now();
    await baseline.insert(batch);
    baselineMs += performance.now() - plain;
  }
  const settled = await measureSettling(records);
  const perSecond = (ms: number): number => Math.round(shareCount / ms * 1_000);
  return {
    database,
    shares_per_second: perSecond(storeMs),
    baseline_per_second: perSecond(baselineMs),
    ratio: Math.round(baselineMs / storeMs * 100) / 100,
    ...settled,
  };
}

/** Blocks divided while shares go on: the median, and the longest that a batch of shares took. */
async function measureSettling({ store, database }: Records) {
  const settler = new BlockSettler({
    database,
    reader: new ShareReader(database),
    clock: systemClock,
  });
  for (let n = 0; n < WINDOW; n += BATCH) {
    await store.recordShares(Array.from({ length: BATCH }, makeUnpaid));
  }
  const times: number[] = [];
  let longest = 0;
  for (let n = 1; n <= BLOCKS; n++) {
    const block = blockOf(n, { state: "accepted", foundAtMs: Date.now(), valueZat: 41_667_069n });
    await store.recordShares([{ ...makeUnpaid(), proofId: block.hash, isBlock: true }]);
    await store.recordBlock(block);
    let done = false;
    const started = performance.now();
    const settling = settler.credit(block.hash).then(() => {
      times.push(performance.now() - started);
      done = true;
    });
    while (!done) {
      const batch = Array.from({ length: 20 }, makeUnpaid);
      const asked = performance.now();
      await store.recordShares(batch);
      longest = Math.max(longest, performance.now() - asked);
      // 833 shares a second are 20 in 24 ms.
      await new Promise((resolve) => setTimeout(resolve, 24));
    }
    await settling;
  }
  const [row] = await database.read((tx) =>
    tx.query(
      "SELECT count(*) AS miners FROM journal_account WHERE part = 'immature' AND balance_zat > 0",
    )
  );
  if (Number(row?.miners) < MINERS) {
    throw new Error(`blocks were divided among ${row?.miners} of ${MINERS} miners`);
  }
  times.sort((a, b) => a - b);
  return {
    pplns_settle_ms: Math.round(times[Math.floor(times.length / 2)] ?? 0),
    share_wait_ms: Math.round(longest),
  };
}

const results: Result[] = [];
const directory = await Deno.makeTempDir({ prefix: "zcash-pool-bench-" });
try {
  const records = await openRecords({ kind: "sqlite", path: `${directory}/pool.sqlite` }, {
    clock: systemClock,
  });
  const plain = sqliteBaseline(directory);
  results.push(await measure("sqlite", records, plain));
  await plain.close();
  await records.store.close();
} finally {
  await Deno.remove(directory, { recursive: true });
}
if (findProgram("postgres") !== undefined) {
  await using cluster = await PostgresCluster.start({ defaults: "usual" });
  const url = await cluster.newSchema();
  const records = await openRecords({ kind: "postgres", url }, { clock: systemClock });
  const plain = await postgresBaseline(url);
  results.push(await measure("postgres", records, plain));
  await plain.close();
  await records.store.close();
}
if (Deno.args.includes("--json")) console.log(JSON.stringify(results));
else console.table(results);
