import assert from "node:assert/strict";
import { StorageError } from "../../../../../src/platform/database/mod.ts";
import { Database } from "../../../../../src/platform/database/sqlite/database.ts";
import { MIGRATIONS } from "../../../../../src/platform/database/migrations/mod.ts";
import {
  APPLICATION_ID,
  appliedMigrations,
  migrate,
} from "../../../../../src/platform/database/sqlite/schema.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";

const one = { number: 1, name: "one", sqlite: "CREATE TABLE one (a INTEGER)" };
const two = {
  number: 2,
  name: "two",
  sqlite: "CREATE TABLE two (a INTEGER); INSERT INTO two VALUES (1)",
};

const tables = (database: Database): unknown[] =>
  database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all()
    .map(({ name }) => name);

Deno.test("schema: migrations are numbered, each later one higher", () => {
  const numbers = MIGRATIONS.map(({ number }) => number);
  assert.equal(numbers[0], 1);
  assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
});

Deno.test("schema: a new file gets the mark, every migration and a record of each", () => {
  const clock = new FakeClock(1_795_400_000_000);
  const database = new Database(":memory:");
  migrate(database, clock, [one, two]);
  assert.equal(database.pragma("application_id"), APPLICATION_ID);
  assert.deepEqual(
    database.prepare("SELECT * FROM schema_migration").all().map((row) => ({ ...row })),
    [
      { number: 1n, name: "one", applied_at_ms: 1_795_400_000_000n },
      { number: 2n, name: "two", applied_at_ms: 1_795_400_000_000n },
    ],
  );
  database.close();
});

Deno.test("schema: an older file gets what is missing, and nothing twice", () => {
  const database = new Database(":memory:");
  migrate(database, new FakeClock(), [one]);
  migrate(database, new FakeClock(), [one, two]);
  migrate(database, new FakeClock(), [one, two]);
  assert.deepEqual(appliedMigrations(database), [1, 2]);
  assert.equal(database.prepare("SELECT count(*) AS count FROM two").first()?.count, 1n);
  database.close();
});

Deno.test("schema: windows from before they had a unit are windows of shares", () => {
  const database = new Database(":memory:");
  const older = MIGRATIONS.filter(({ name }) => name !== "window_units");
  migrate(database, new FakeClock(), older);
  database.script(
    `INSERT INTO epoch (from_ms, scheme, fee_ppm, pplns_window, after_share)
     VALUES (1, 'pplns', 0, 7, 0)`,
  );
  migrate(database, new FakeClock());
  const row = database.prepare("SELECT pplns_window, pplns_window_unit FROM epoch").first();
  assert.deepEqual({ ...row }, { pplns_window: 7n, pplns_window_unit: "shares" });
  database.close();
});

Deno.test("schema: hours from before work had a fraction count whole solutions", () => {
  const database = new Database(":memory:");
  const older = MIGRATIONS.filter(({ name }) => name !== "work_units");
  migrate(database, new FakeClock(), older);
  database.script(
    `INSERT INTO share_hour (hour, from_share, through_share, closed_at_ms) VALUES (1, 0, 9, 1)`,
  );
  migrate(database, new FakeClock());
  const row = database.prepare("SELECT hour, work_bits FROM share_hour").first();
  assert.deepEqual({ ...row }, { hour: 1n, work_bits: 0n });
  database.close();
});

Deno.test("schema: what refused shares had left of strangers goes, with the counts that nobody read", () => {
  const database = new Database(":memory:");
  migrate(database, new FakeClock(), MIGRATIONS.filter(({ name }) => name !== "accepted_only"));
  database.script(`INSERT INTO miner (id, miner_id) VALUES (1, ''), (2, 'miner'), (3, 'stranger');
    INSERT INTO worker (miner, name) VALUES (2, 'rig');
    INSERT INTO reject (day, miner, stale) VALUES (1, 1, 1), (1, 2, 2), (1, 3, 3);
    INSERT INTO writer VALUES ('w', 1);`);
  migrate(database, new FakeClock());
  assert.deepEqual(
    database.prepare("SELECT miner_id FROM miner").all().map(({ miner_id }) => miner_id),
    ["miner"],
  );
  const left = new Set(tables(database));
  assert.deepEqual(["reject", "writer", "block_event"].filter((name) => left.has(name)), []);
  database.close();
});

Deno.test("schema: a migration that fails leaves nothing of itself and no record", () => {
  const database = new Database(":memory:");
  const broken = { ...two, sqlite: `${two.sqlite}; INSERT INTO nowhere VALUES (1)` };
  assert.throws(() => migrate(database, new FakeClock(), [one, broken]), StorageError);
  assert.deepEqual(tables(database), ["one", "schema_migration"]);
  assert.deepEqual(appliedMigrations(database), [1]);
  migrate(database, new FakeClock(), [one, two]);
  assert.deepEqual(appliedMigrations(database), [1, 2]);
  database.close();
});

Deno.test("schema: several processes that start at once on a new file apply it once", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/pool.sqlite`;
    const script = new URL("./_open_and_write.ts", import.meta.url).href;
    const starts = [1, 2, 3].map((n) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--allow-read", "--allow-write", script, path, `${n}`],
        stdout: "piped",
        stderr: "piped",
      }).output()
    );
    for (const { success, stderr } of await Promise.all(starts)) {
      assert.equal(success, true, new TextDecoder().decode(stderr));
    }
    const database = new Database(path);
    assert.equal(
      database.prepare("SELECT count(*) AS count FROM schema_migration").first()?.count,
      BigInt(MIGRATIONS.length),
    );
    assert.equal(database.prepare("SELECT count(*) AS count FROM share").first()?.count, 3n);
    database.close();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("schema: a file with hours from before luck had sums of its own gets these sums", () => {
  const database = new Database(":memory:");
  migrate(database, new FakeClock(), MIGRATIONS.filter(({ name }) => name !== "hour_sums"));
  database.script(`INSERT INTO miner (id, miner_id) VALUES (1, 'a'), (2, 'b');
    INSERT INTO share_hour (hour, from_share, through_share, closed_at_ms)
    VALUES (1, 0, 2, 1), (2, 2, 3, 2), (3, 3, 3, 3);
    INSERT INTO miner_hour VALUES (1, 1, 1, '1', 5, 0, 0, 0), (2, 1, 1, '1', 7, 0, 0, 0),
      (1, 2, 1, '1', 11, 0, 0, 0);`);
  migrate(database, new FakeClock(), MIGRATIONS);
  const sums = (sql: string) => database.prepare(sql).all().map(({ pico_blocks }) => pico_blocks);
  assert.deepEqual(sums("SELECT pico_blocks FROM share_hour ORDER BY hour"), [12n, 11n, 0n]);
  assert.deepEqual(sums("SELECT pico_blocks FROM miner_expectation ORDER BY miner"), [16n, 7n]);
  database.close();
});
