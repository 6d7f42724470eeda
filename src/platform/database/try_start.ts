/**
 * What opening a database would say, without changing anything in it: the start's own code, in a
 * transaction that is rolled back or on a file that is opened for reading.
 *
 * @module
 */
import type { Clock } from "../../base/mod.ts";
import { MIGRATIONS } from "./migrations/mod.ts";
import { PostgresConnection } from "./postgres/connection.ts";
import { tryMigration } from "./postgres/schema.ts";
import { Database, translated } from "./sqlite/database.ts";
import { requireOwnFile } from "./sqlite/schema.ts";
import { WalSync } from "./sqlite/wal_sync.ts";

/**
 * Does on a server what a start does, and takes it back.
 *
 * @returns the server and database without password.
 * @throws {StorageError} what a start would throw.
 */
export async function tryPostgresStart(
  url: string,
  modules: { readonly clock: Clock },
): Promise<string> {
  const connection = new PostgresConnection(url, modules.clock);
  try {
    await tryMigration(connection, modules.clock, MIGRATIONS);
    return connection.place;
  } finally {
    await connection.close();
  }
}

/**
 * Reads what a start would find in a file.
 *
 * @returns whether a pool serves on it now.
 * @throws {StorageError} what a start would throw.
 */
export function trySqliteStart(path: string): { readonly isServed: boolean } {
  const database = new Database(path, { readOnly: true });
  try {
    translated(`Cannot use the database ${path}`, () => requireOwnFile(database));
    return { isServed: WalSync.isClaimed(path) };
  } finally {
    database.close();
  }
}
