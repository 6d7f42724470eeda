/**
 * Makes sure that a file is this program's and has the schema that this version knows.
 *
 * @module
 */
import type { Clock } from "../../../base/mod.ts";
import { StorageError } from "../errors.ts";
import { schemaTooNew } from "../_schema_errors.ts";
import type { Migration } from "../migrations/migration.ts";
import { MIGRATIONS } from "../migrations/mod.ts";
import type { Database } from "./database.ts";

/** "ZPOL": marks the file in its header, where also the `file` command looks. */
export const APPLICATION_ID = 0x5a504f4cn;

/** What a step of the schema is here. */
export type SqliteMigration = Pick<Migration, "number" | "name" | "sqlite">;

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
  migrations: readonly SqliteMigration[] = MIGRATIONS,
): void {
  database.transaction(() => claim(database));
  for (const migration of migrations) {
    database.transaction(() => {
      const applied = requireKnown(database, migrations);
      if (applied.includes(migration.number)) return;
      database.script(migration.sqlite);
      database.prepare("INSERT INTO schema_migration VALUES (?, ?, ?)")
        .run(migration.number, migration.name, clock.now());
    });
  }
}

/** The numbers of the migrations that were applied, ascending; none in a new file. */
export function appliedMigrations(database: Database): number[] {
  return database.prepare("SELECT number FROM schema_migration ORDER BY number").all()
    .map(({ number }) => Number(number));
}

/**
 * Sees to it that a file is this program's or empty, and no newer than this version; changes nothing.
 *
 * @throws {StorageError} as {@link migrate}.
 */
export function requireOwnFile(
  database: Database,
  migrations: readonly SqliteMigration[] = MIGRATIONS,
): void {
  if (isOwn(database)) requireKnown(database, migrations);
}

/** @throws {StorageError} `schema-too-new`. */
function requireKnown(database: Database, migrations: readonly SqliteMigration[]): number[] {
  const known = new Set(migrations.map(({ number }) => number));
  const applied = appliedMigrations(database);
  const unknown = applied.find((number) => !known.has(number));
  if (unknown !== undefined) throw schemaTooNew(database.path, unknown, known);
  return applied;
}

/** Takes an empty file for this program, and refuses one that belongs to another. */
function claim(database: Database): void {
  if (isOwn(database)) return;
  database.script(`PRAGMA application_id = ${APPLICATION_ID}`);
  database.script(`CREATE TABLE schema_migration (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at_ms INTEGER NOT NULL
  ) STRICT`);
}

/** False when the file is empty; one of another program is refused. */
function isOwn(database: Database): boolean {
  const owner = database.pragma("application_id");
  if (owner === APPLICATION_ID) return true;
  const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").first()?.count;
  if (owner !== 0n || tables !== 0n) {
    throw new StorageError(
      "foreign-database",
      `Cannot use the database ${database.path}: the file belongs to another program ` +
        `(application id ${owner}, ${tables} tables and indexes); give a path of its own`,
    );
  }
  return false;
}
