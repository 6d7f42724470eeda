import type { Clock } from "../../base/mod.ts";
import { PostgresDatabase } from "../../platform/database/mod.ts";
import { PostgresStore } from "./postgres/postgres_store.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";
import { SqliteDatabase } from "../../platform/database/mod.ts";
import { SqliteStore } from "./sqlite/sqlite_store.ts";
import type { Store } from "./store.ts";

/** Where the records are kept. */
export type StoreLocation =
  | {
    readonly kind: "sqlite";
    /** A file, or `:memory:` for records that end with the process. */
    readonly path: string;
    /** See {@link SqliteOptions.lockWaitMs}. */
    readonly lockWaitMs?: number;
  }
  | { readonly kind: "postgres"; readonly url: string };

/** The records of accepted work and the database in which they lie; closing the store closes both. */
export interface Records {
  readonly store: Store;
  readonly database: SqlDatabase;
}

/**
 * Opens the pool's records; a new place gets its schema, an older one is brought up to date.
 *
 * @throws {StorageError} when the place cannot be used; the message says what to do.
 */
export async function openRecords(
  location: StoreLocation,
  modules: { readonly clock: Clock },
): Promise<Records> {
  switch (location.kind) {
    case "sqlite": {
      const { path, lockWaitMs = 0 } = location;
      const database = new SqliteDatabase(path, modules, { lockWaitMs });
      return { store: new SqliteStore(database, modules), database };
    }
    case "postgres": {
      const database = await PostgresDatabase.open(location.url, modules);
      return { store: new PostgresStore(database, modules), database };
    }
  }
}

/** Opens the records where the ledger is not needed. */
export async function openStore(
  location: StoreLocation,
  modules: { readonly clock: Clock },
): Promise<Store> {
  return (await openRecords(location, modules)).store;
}
