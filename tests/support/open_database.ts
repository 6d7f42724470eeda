import type { Clock } from "../../src/base/mod.ts";
import { PostgresDatabase } from "../../src/platform/database/postgres/postgres_database.ts";
import { SqliteDatabase } from "../../src/platform/database/sqlite/sqlite_database.ts";
import type { SqlDatabase } from "../../src/platform/database/sql_database.ts";

/** Where a database is: a server, or a file. */
export type DatabaseLocation = { readonly url: string } | { readonly path: string };

/**
 * Opens a database; a new one gets the schema, an older one is brought up to date.
 *
 * A process opens a SQLite file once: writers within it take turns, which two openings would not
 * know of. The pool gets both the store of records and this from `openRecords`.
 *
 * @throws {StorageError} when the place cannot be used; the message says what to do.
 */
// deno-lint-ignore require-await -- one signature for a file and for a server
export async function openDatabase(
  location: DatabaseLocation,
  modules: { readonly clock: Clock },
): Promise<SqlDatabase> {
  return "url" in location
    ? PostgresDatabase.open(location.url, modules)
    : new SqliteDatabase(location.path, modules);
}
