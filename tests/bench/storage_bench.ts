/**
 * What does keeping a share cost? A batch of 250 shares as the store writes it (identity, worker,
 * target, credit; flushed to the disk) beside the same number of rows put by one plain multi-row
 * INSERT into the operators' documented table, which knows no duplicates and no money. And what do
 * the parts cost that run for every share: its credit, the last check, the queue?
 *
 * Run: deno bench -A tests/bench/storage_bench.ts
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { silentLogger, systemClock, systemRandom } from "../../src/base/mod.ts";
import { ppsCredit } from "../../src/money/ledger/mod.ts";
import { RecordWriter, type ShareRecord } from "../../src/money/records/mod.ts";
import { checkShare } from "../../src/money/records/checks.ts";
import { openStore } from "../support/test_store.ts";

const BATCH = 250;
const MINERS = 10_000;
const DIFFICULTY_1 = 2n ** 243n - 1n;

const directory = Deno.makeTempDirSync();
const remove = (): void => Deno.removeSync(directory, { recursive: true });
globalThis.addEventListener("unload", remove);

let made = 0;
function makeShare(): ShareRecord {
  const n = made++;
  return {
    proofId: systemRandom.bytes(32),
    minerId: `t1VydNnkjBzfL1iAMyUbwGKJAF7P${(n * 7_919) % MINERS}`,
    workerName: "rig-1",
    target: DIFFICULTY_1 - BigInt(n % 100),
    difficulty: 1,
    jobId: n % 2 ** 31,
    height: 3_590_000 + Math.floor(n / 20_000),
    timestampMs: 1_795_400_000_000 + n,
    isBlock: false,
    creditPicoZat: 20_141_602_207_031_250n,
  };
}
const makeBatch = (): ShareRecord[] => Array.from({ length: BATCH }, makeShare);

const plain = new DatabaseSync(`${directory}/plain.sqlite`);
plain.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE shares (id INTEGER PRIMARY KEY, miner_id TEXT NOT NULL, difficulty REAL NOT NULL,
    timestamp TEXT, job_id INTEGER NOT NULL, is_block INTEGER)`);
const insertMany = plain.prepare(
  `INSERT INTO shares (miner_id, difficulty, timestamp, job_id, is_block) VALUES ${
    Array(BATCH).fill("(?, ?, ?, ?, ?)").join(", ")
  }`,
);

Deno.bench("250 rows, one plain INSERT", { group: "batch", baseline: true, n: 200 }, (bench) => {
  const batch = makeBatch();
  bench.start();
  insertMany.run(
    ...batch.flatMap((share) => [
      share.minerId,
      share.difficulty,
      new Date(share.timestampMs).toISOString(),
      share.jobId,
      0,
    ]),
  );
  bench.end();
});

const store = await openStore({ kind: "sqlite", path: `${directory}/pool.sqlite` }, {
  clock: systemClock,
});
// Every miner's first share makes rows of its own; what is asked is what comes after.
for (let n = 0; n < MINERS; n += BATCH) await store.recordShares(makeBatch());

Deno.bench("250 shares, the store", { group: "batch", n: 200 }, async (bench) => {
  const batch = makeBatch();
  bench.start();
  await store.recordShares(batch);
  bench.end();
});

const terms = {
  shareTarget: DIFFICULTY_1,
  networkTarget: 2n ** 232n - 1n,
  subsidyZat: 41_666_668n,
  feePpm: 10_000,
};
const share = makeShare();

Deno.bench("credit of a share", { group: "share" }, () => {
  ppsCredit(terms);
});

Deno.bench("last check of a share", { group: "share" }, () => {
  checkShare(share);
});

const memory = await openStore({ kind: "sqlite", path: ":memory:" }, { clock: systemClock });
const writer = new RecordWriter({}, {
  store: memory,
  clock: systemClock,
  logger: silentLogger,
});
Deno.bench("250 shares through the writer's queue", { group: "share", n: 200 }, async (bench) => {
  const batch = makeBatch();
  bench.start();
  for (const record of batch) writer.offer(record);
  await writer.flush();
  bench.end();
});
