import assert from "node:assert/strict";
import { StorageError } from "../../../../../src/platform/database/mod.ts";
import { Database } from "../../../../../src/platform/database/sqlite/database.ts";

function tableOfNumbers(): Database {
  const database = new Database(":memory:");
  database.script("CREATE TABLE number (value INTEGER CHECK (value > 0)) STRICT");
  return database;
}

const count = (database: Database): unknown =>
  database.prepare("SELECT count(*) AS count FROM number").first()?.count;

Deno.test("database: 64-bit columns arrive as bigint, exactly", () => {
  const database = tableOfNumbers();
  database.prepare("INSERT INTO number VALUES (?)").run(2n ** 63n - 1n);
  assert.equal(database.prepare("SELECT value FROM number").first()?.value, 2n ** 63n - 1n);
  database.close();
});

Deno.test("database: a full disk undoes the whole transaction, and later there is room again", () => {
  const database = tableOfNumbers();
  const insert = database.prepare("INSERT INTO number VALUES (?)");
  const pages = database.pragma("page_count");
  database.script(`PRAGMA max_page_count = ${Number(pages) + 1}`);
  const fill = (): void => {
    for (let i = 1; i < 5_000; i++) insert.run(i);
  };
  assert.throws(
    () => database.transaction(fill),
    (error: unknown) => error instanceof StorageError && error.code === "full",
  );
  assert.equal(count(database), 0n);
  database.script("PRAGMA max_page_count = 1000000");
  database.transaction(fill);
  assert.equal(count(database), 4_999n);
  database.close();
});

Deno.test("database: a broken rule of the schema and a closed database have their codes", () => {
  const database = tableOfNumbers();
  const insert = database.prepare("INSERT INTO number VALUES (?)");
  assert.throws(
    () => database.transaction(() => insert.run(0n)),
    (error: unknown) => error instanceof StorageError && error.code === "constraint",
  );
  database.close();
  assert.throws(
    () => database.transaction(() => insert.run(1n)),
    (error: unknown) => error instanceof StorageError && error.code === "closed",
  );
});

Deno.test("database: a throw of the work itself passes through and undoes what was done", () => {
  const database = tableOfNumbers();
  const insert = database.prepare("INSERT INTO number VALUES (?)");
  const fault = new RangeError("no");
  assert.throws(() =>
    database.transaction(() => {
      insert.run(1n);
      throw fault;
    }), (error: unknown) => error === fault);
  assert.equal(count(database), 0n);
  database.close();
});
