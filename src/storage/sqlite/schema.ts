/**
 * Makes sure that a file is this program's and has the schema that this version knows.
 *
 * @module
 */
import type { Clock } from "../../base/mod.ts";
import { StorageError } from "../errors.ts";
import type { Database } from "./database.ts";
import { type Migration, MIGRATIONS } from "./migrations/mod.ts";

/** "ZPOL": marks the file in its header, where also the `file` command looks. */
export const APPLICATION_ID = 0x5a504f4cn;

/**
 * Brings the schema up to date. Each migration and the row that records it are one transaction,
 * which looks again what is recorded before it starts: two processes that start at once apply it
 * once.
 *
 * @throws {StorageError} `foreign-database`, `not-a-database`, `schema-too-new`, or what SQLite
 * reports.
 */
export function migrate(
  database: Database,
  clock: Clock,
  migrations: readonly Migration[] = MIGRATIONS,
): void {
  database.transaction(() => claim(database));
  const newest = migrations.length;
  for (const migration of migrations) {
    database.transaction(() => {
      const applied = schemaVersion(database);
      if (applied > newest) throw tooNew(database.path, applied, newest);
      if (migration.number <= applied) return;
      database.script(migration.sql);
      database.prepare("INSERT INTO schema_migration VALUES (?, ?, ?)")
        .run(migration.number, migration.name, clock.now());
    });
  }
}

/** The number of the last migration that was applied; 0 in a new file. */
export function schemaVersion(database: Database): number {
  const row = database.prepare("SELECT max(number) AS number FROM schema_migration").first();
  return Number(row?.number ?? 0);
}

/** Takes an empty file for this program, and refuses one that belongs to another. */
function claim(database: Database): void {
  const owner = database.pragma("application_id");
  if (owner === APPLICATION_ID) return;
  const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").first()?.count;
  if (owner !== 0n || tables !== 0n) {
    throw new StorageError(
      "foreign-database",
      `Cannot use the database ${database.path}: the file belongs to another program ` +
        `(application id ${owner}, ${tables} tables and indexes); give a path of its own`,
    );
  }
  database.script(`PRAGMA application_id = ${APPLICATION_ID}`);
  database.script(`CREATE TABLE schema_migration (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at_ms INTEGER NOT NULL
  ) STRICT`);
}

function tooNew(path: string, applied: number, newest: number): StorageError {
  return new StorageError(
    "schema-too-new",
    `Cannot use the database ${path}: its schema has version ${applied}, this program knows up to ` +
      `${newest}; start the newer version that wrote it, or restore a backup from before`,
  );
}
