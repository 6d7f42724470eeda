import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { silentLogger, systemClock } from "../../../../src/base/mod.ts";
import { RecordWriter } from "../../../../src/money/records/mod.ts";
import { StorageError, type StorageErrorCode } from "../../../../src/platform/database/mod.ts";
import { blockOf, shareOf, storeSuite } from "../../../compliance/store_suite.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { openStore } from "../../../support/test_store.ts";

storeSuite("sqlite store", (clock) => {
  const directory = Deno.makeTempDirSync();
  return {
    lasting: true,
    open: () => openStore({ kind: "sqlite", path: `${directory}/pool.sqlite` }, { clock }),
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
});

async function withPath(body: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await body(`${directory}/pool.sqlite`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const open = (path: string) => openStore({ kind: "sqlite", path }, { clock: systemClock });

const storageError = (code: StorageErrorCode, text: RegExp) => (error: unknown): boolean => {
  assert(error instanceof StorageError);
  assert.equal(error.code, code);
  assert.match(error.message, text);
  return true;
};

Deno.test("sqlite store: the documented view `shares` has its columns and its values", () =>
  withPath(async (path) => {
    const store = await open(path);
    await store.recordShares([shareOf(1, { isBlock: true, difficulty: 2.5 })]);
    await store.close();
    using database = new DatabaseSync(path);
    const rows = database.prepare("SELECT * FROM shares").all();
    assert.deepEqual(rows.map((row) => ({ ...row })), [{
      id: 1,
      miner_id: shareOf(1).minerId,
      difficulty: 2.5,
      timestamp: "2026-11-23 02:13:20.001",
      job_id: 2 ** 31 - 1,
      is_block: 1,
    }]);
  }));

Deno.test("sqlite store: the documented query of payouts runs and finds nothing paid", () =>
  withPath(async (path) => {
    await (await open(path)).close();
    using database = new DatabaseSync(path);
    const columns = database.prepare("SELECT * FROM payouts").columns().map(({ name }) => name);
    assert.deepEqual(columns, ["id", "miner_id", "amount", "txid", "timestamp"]);
    const rows = database.prepare(
      `SELECT miner_id, SUM(amount) AS total_paid, COUNT(*) AS payout_count FROM payouts
       WHERE timestamp > datetime('now', '-1 year') GROUP BY miner_id`,
    ).all();
    assert.deepEqual(rows, []);
  }));

Deno.test("sqlite store: a file of another program is refused and left as it is", () =>
  withPath(async (path) => {
    {
      using other = new DatabaseSync(path);
      other.exec("CREATE TABLE customers (name TEXT)");
    }
    const before = await Deno.readFile(path);
    await assert.rejects(open(path), storageError("foreign-database", /another program/));
    assert.deepEqual(await Deno.readFile(path), before);
  }));

Deno.test("sqlite store: a marked file of another program is refused even without tables", () =>
  withPath(async (path) => {
    {
      using other = new DatabaseSync(path);
      other.exec("PRAGMA application_id = 42; CREATE TABLE a (b); DROP TABLE a");
    }
    await assert.rejects(open(path), storageError("foreign-database", /application id 42/));
  }));

Deno.test("sqlite store: what is no file is called so, and not a broken disk", () =>
  withPath(async (path) => {
    await Deno.mkdir(path);
    await assert.rejects(open(path), storageError("not-a-database", /: it is a folder$/));
    await assert.rejects(open("/dev/null"), storageError("not-a-database", /: it is no file$/));
  }));

Deno.test("sqlite store: a file that is no database is refused and left as it is", () =>
  withPath(async (path) => {
    const text = new TextEncoder().encode('[server]\nlisten_addr = "0.0.0.0:3333"\n'.repeat(50));
    await Deno.writeFile(path, text);
    await assert.rejects(open(path), storageError("not-a-database", /pool\.sqlite/));
    assert.deepEqual(await Deno.readFile(path), text);
  }));

Deno.test("sqlite store: a schema newer than this program is refused with both versions", () =>
  withPath(async (path) => {
    await (await open(path)).close();
    {
      using database = new DatabaseSync(path);
      database.exec("INSERT INTO schema_migration VALUES (99, 'from the future', 0)");
    }
    await assert.rejects(open(path), storageError("schema-too-new", /version 99.*up to \d+/));
  }));

Deno.test("sqlite store: a directory that does not exist is named", () =>
  withPath(async (path) => {
    await assert.rejects(open(`${path}/no/such`), storageError("io", /no\/such/));
  }));

Deno.test("sqlite store: workers without an accepted share leave no row, however many are named", () =>
  withPath(async (path) => {
    const store = await open(path);
    const { minerId } = shareOf(1);
    await store.recordShares([shareOf(1)]);
    const workers = Array.from({ length: 1_000 }, (_, n) => ({
      minerId: n % 2 === 0 ? minerId : `stranger-${n}`,
      workerName: `w${n}`,
      target: 1n,
      difficulty: 1,
      lastShareMs: 1,
    }));
    await store.saveWorkers(workers);
    assert.equal(await store.loadWorker(minerId, "w0"), undefined);
    await store.close();
    using database = new DatabaseSync(path);
    const counts = database.prepare(
      "SELECT (SELECT count(*) FROM miner) AS miners, (SELECT count(*) FROM worker) AS workers",
    ).get();
    assert.deepEqual({ ...counts }, { miners: 1, workers: 1 });
  }));

Deno.test("sqlite store: a lock held by another process is reported at once as busy", () =>
  withPath(async (path) => {
    const store = await open(path);
    using other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    await assert.rejects(store.recordShares([shareOf(1)]), storageError("busy", /locked/));
    other.exec("ROLLBACK");
    assert.deepEqual(await store.recordShares([shareOf(1)]), { duplicates: 0 });
    assert.equal((await store.totals()).shares, 1);
    await store.close();
  }));

Deno.test("sqlite store: a writer outlasts a lock that another process holds, and counts once", () =>
  withPath(async (path) => {
    const clock = new FakeClock();
    const store = await openStore({ kind: "sqlite", path }, { clock });
    const writer = new RecordWriter({}, { store, clock, logger: silentLogger });
    using other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    for (let n = 0; n < 600; n++) writer.offer(shareOf(n));
    const recorded = writer.recordBlock(blockOf(1));
    await clock.advance(30_000);
    assert.equal(writer.failing, true);
    assert.equal(writer.waiting, 600);
    other.exec("ROLLBACK");
    const closing = writer.close();
    await clock.advance(5_000);
    await closing;
    assert.equal(await recorded, true);
    assert.deepEqual(await store.totals(), {
      shares: 600,
      blocks: 1,
      creditPicoZat: 600n * shareOf(0).creditPicoZat,
    });
    await store.close();
    assert.equal(clock.pending, 0);
  }));

Deno.test("sqlite store: two stores on one file see each other's shares as known", () =>
  withPath(async (path) => {
    const [one, two] = await Promise.all([open(path), open(path)]);
    await one.recordShares([shareOf(1), shareOf(2)]);
    assert.deepEqual(await two.recordShares([shareOf(2), shareOf(3)]), { duplicates: 1 });
    await one.recordBlock(blockOf(1));
    assert.equal(await two.recordBlock(blockOf(1)), false);
    assert.deepEqual(await one.totals(), await two.totals());
    await one.close();
    await two.close();
  }));

Deno.test("sqlite store: what a killed process had written is there", () =>
  withPath(async (path) => {
    const script = new URL("../../platform/database/sqlite/_write_forever.ts", import.meta.url);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-read", "--allow-write", script.href, path],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let acknowledged = 0;
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      for (const line of chunk.trim().split("\n")) acknowledged = Number(line);
      if (acknowledged >= 2_000) break;
    }
    child.kill("SIGKILL");
    await child.status;
    const store = await open(path);
    const { shares } = await store.totals();
    assert(shares >= acknowledged, `${shares} shares kept, ${acknowledged} acknowledged`);
    assert.equal(shares % 100, 0, "batches are kept as a whole");
    await store.close();
  }));

Deno.test("sqlite store: without permission it says which flags are missing, and does not ask", () =>
  withPath(async (path) => {
    const source = new URL("../../../../src/money/records/mod.ts", import.meta.url).href;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", `--allow-read=${path}`, "-"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const program = `import { openRecords } from ${JSON.stringify(source)};
      const store = openRecords({ kind: "sqlite", path: ${JSON.stringify(path)} }, { clock: {} });
      store.catch((error) => console.log(error.code, error.message));`;
    await new Blob([program]).stream().pipeTo(child.stdin);
    const { stdout } = await child.output();
    assert.equal(
      new TextDecoder().decode(stdout).trim(),
      `no-permission Cannot open the database ${path}: the runtime was not allowed to; ` +
        `start with --allow-write=${path},${path}-wal`,
    );
  }));
