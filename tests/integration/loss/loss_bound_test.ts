/**
 * What an acknowledged share survives, as `src/money/records/README.md` says it: at most what was taken in
 * the last quarter of a second (and the write that ran) is lost, and nothing is counted twice.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { silentLogger, systemClock } from "../../../src/base/mod.ts";
import { minerAccount } from "../../../src/money/ledger/mod.ts";
import { ReadableLedger } from "../../support/readable_ledger.ts";
import {
  openRecords,
  type RecordStore,
  RecordWriter,
  type StoreLocation,
} from "../../../src/money/records/mod.ts";
import { StorageError } from "../../../src/platform/database/mod.ts";
import { SqliteDatabase } from "../../../src/platform/database/sqlite/sqlite_database.ts";
import { transfer } from "../../compliance/ledger_suite.ts";
import { shareOf } from "../../compliance/store_suite.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { PostgresCluster } from "../../support/postgres_cluster.ts";
import { testWith } from "../../support/requirements.ts";
import { openStore, totalsOf } from "../../support/test_store.ts";
import { until } from "../../support/until.ts";

/** The bound is 250 ms and one write; a busy machine gets four times that here. */
const BOUND_MS = 1_000;

/** Runs the writing process, kills it, and compares what it acknowledged with what is kept. */
async function killWriter(location: StoreLocation, place: string): Promise<void> {
  const script = new URL("./_write_shares.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, location.kind, place],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let due: number | undefined;
  const said: { count: number; atMs: number }[] = [];
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const count = Number(text.trim().split("\n").at(-1));
      said.push({ count, atMs: performance.now() });
      // Long enough that batches are older than the bound, and one is under way.
      due ??= performance.now() + 2 * BOUND_MS;
      if (performance.now() >= due && count >= 500) child.kill("SIGKILL");
    }
  })().catch(() => {});
  await child.status;
  const killedAt = performance.now();
  await reading;
  const acknowledged = said.at(-1)?.count ?? 0;
  const owed = said.findLast(({ atMs }) => atMs < killedAt - BOUND_MS)?.count ?? 0;
  assert(owed > 0, "the writer ran for longer than the bound");

  const store = await openStore(location, { clock: systemClock });
  try {
    const { shares: kept } = await store.totals();
    assert(kept >= owed, `${kept} kept, ${owed} acknowledged ${BOUND_MS} ms before`);
    // What comes again, for instance over another path, counts once: known up to `kept`, new beyond.
    let duplicates = 0;
    const all = acknowledged + 20;
    for (let n = 0; n < all; n += 1_000) {
      const batch = Array.from({ length: Math.min(1_000, all - n) }, (_, i) => shareOf(n + i));
      duplicates += (await store.recordShares(batch)).duplicates;
    }
    assert.equal(duplicates, kept);
    assert.equal((await store.totals()).shares, all);
  } finally {
    await store.close();
  }
}

Deno.test("loss: kill -9 of the pool that writes into SQLite", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/pool.sqlite`;
    await killWriter({ kind: "sqlite", path }, path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

testWith("postgres", "loss: kill -9 of the pool that writes into PostgreSQL", async () => {
  await using cluster = await PostgresCluster.start();
  const url = await cluster.newSchema();
  await killWriter({ kind: "postgres", url }, url);
});

testWith("postgres", "loss: kill -9 of PostgreSQL loses nothing while the pool lives", async () => {
  await using cluster = await PostgresCluster.start();
  const url = await cluster.newSchema();
  const store = await openStore({ kind: "postgres", url }, { clock: systemClock });
  const writer = newWriter(store, systemClock);
  let taken = 0;
  const take = (count: number): void => {
    for (let n = 0; n < count; n++) assert.equal(writer.offer(shareOf(taken++)), true);
  };
  take(600);
  await writer.flush();
  take(600);
  // Batches are on their way: one of them may be committed and its answer lost.
  await settle();
  await cluster.kill();
  take(600);
  await settle();
  await cluster.restart();
  take(600);
  await writer.close();
  assert.equal((await store.totals()).shares, taken);
  await store.close();
});

testWith("postgres", "loss: a database that is away for a minute costs nothing", async () => {
  await using cluster = await PostgresCluster.start();
  const url = await cluster.newSchema();
  const clock = new FakeClock(1_795_400_000_000);
  const records = await openRecords({ kind: "postgres", url }, { clock: systemClock });
  const { store, database } = records;
  const ledger = new ReadableLedger(database);
  const writer = newWriter(store, clock);
  let taken = 0;
  const second = async (): Promise<void> => {
    for (let n = 0; n < 83; n++) assert.equal(writer.offer(shareOf(taken++)), true);
    await clock.advance(1_000);
  };
  await second();
  await cluster.stop();
  // No payment and no other money moves meanwhile: the call fails, it does not wait.
  await assert.rejects(
    ledger.post(transfer("e1", "pool-variance", minerAccount("a", "available"), 5n)),
    (error: unknown) => error instanceof StorageError && error.code === "io",
  );
  for (let n = 0; n < 60; n++) await second();
  assert.equal(writer.accepting, true);
  assert(writer.waiting > 0);
  await cluster.restart();
  await written(writer, clock);
  assert.equal((await totalsOf(database)).shares, taken);
  assert.equal(await ledger.balance(minerAccount("a", "available")), 0n);
  await writer.close();
  await store.close();
});

Deno.test("loss: `database is locked` stops the money, not the mining, and costs nothing", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/pool.sqlite`;
  const clock = new FakeClock(1_795_400_000_000);
  const { store, database } = await openRecords({ kind: "sqlite", path }, { clock });
  const ledger = new ReadableLedger(database);
  const writer = newWriter(store, clock);
  const other = new DatabaseSync(path);
  const entry = transfer("e1", "pool-variance", minerAccount("a", "available"), 5n);
  try {
    other.exec("BEGIN IMMEDIATE");
    for (let n = 0; n < 500; n++) assert.equal(writer.offer(shareOf(n)), true);
    await clock.advance(10_000);
    assert.equal(writer.waiting, 500);
    await assert.rejects(
      ledger.post(entry),
      (error: unknown) => error instanceof StorageError && error.code === "busy",
    );
    other.exec("ROLLBACK");
    await written(writer, clock);
    assert.equal((await totalsOf(database)).shares, 500);
    assert.equal(await ledger.balance(minerAccount("a", "available")), 0n);
    assert.equal(await ledger.post(entry), "posted");
  } finally {
    other.close();
    await writer.close();
    await store.close();
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("loss: a full disk stops the money, not the mining, and costs nothing", async () => {
  const directory = await Deno.makeTempDir();
  const clock = new FakeClock(1_795_400_000_000);
  const location = { kind: "sqlite", path: `${directory}/pool.sqlite` } as const;
  const { store, database } = await openRecords(location, { clock });
  assert(database instanceof SqliteDatabase);
  const ledger = new ReadableLedger(database);
  const writer = newWriter(store, clock);
  try {
    // SQLite itself says that the disk is full when the file may not grow any more.
    database.writer.script(
      `PRAGMA max_page_count = ${Number(database.writer.pragma("page_count"))}`,
    );
    for (let n = 0; n < 2_000; n++) assert.equal(writer.offer(shareOf(n)), true);
    await clock.advance(30_000);
    assert.equal(writer.failing, true);
    const kept = (await totalsOf(database)).shares;
    assert.equal(kept + writer.waiting, 2_000);
    assert(writer.waiting > 0);
    const parts = Array.from({ length: 500 }, (_, n) => n);
    const post = async (): Promise<void> => {
      for (const n of parts) {
        await ledger.post(
          transfer(`e${n}`, "pool-variance", minerAccount(`miner-${n}`, "available"), 1n),
        );
      }
    };
    await assert.rejects(
      post(),
      (error: unknown) => error instanceof StorageError && error.code === "full",
    );
    const { liability } = await ledger.summary();
    assert.equal(liability, -(await ledger.balance("pool-variance")));
    // An operator makes room.
    database.writer.script("PRAGMA max_page_count = 1000000");
    await written(writer, clock);
    assert.equal((await totalsOf(database)).shares, 2_000);
    await post();
    assert.equal((await ledger.summary()).liability, 500n);
  } finally {
    await writer.close();
    await store.close();
    await Deno.remove(directory, { recursive: true });
  }
});

/** Lets pauses pass until nothing waits; the disk and the server take the time that they take. */
async function written(writer: RecordWriter, clock: FakeClock): Promise<void> {
  await until("the writer does not come to its end", async () => {
    await clock.advance(1_000);
    return writer.waiting === 0;
  });
}

function newWriter(store: RecordStore, clock: FakeClock | typeof systemClock): RecordWriter {
  return new RecordWriter({}, { store, clock, logger: silentLogger });
}
