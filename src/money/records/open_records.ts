import type { Clock } from "../../base/mod.ts";
import { PostgresDatabase, type SqlDatabase, SqliteDatabase } from "../../platform/database/mod.ts";
import { PostgresShareRows } from "./postgres/share_rows.ts";
import { RecordStore } from "./record_store.ts";
import { SqliteShareRows } from "./sqlite/share_rows.ts";

/** Where the records are kept. */
export type StoreLocation =
  | {
    readonly kind: "sqlite";
    /** A file, or `:memory:` for records that end with the process. */
    readonly path: string;
    /** See {@link SqliteOptions.lockWaitMs}. */
    readonly lockWaitMs?: number;
    /** See {@link SqliteOptions.asPool}. */
    readonly asPool?: boolean;
  }
  | { readonly kind: "postgres"; readonly url: string };

/** The records of accepted work and the database in which they lie; closing the store closes both. */
export interface Records {
  readonly store: RecordStore;
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
      const { path, lockWaitMs = 0, asPool = false } = location;
      const database = new SqliteDatabase(path, modules, { lockWaitMs, asPool });
      const shares = new SqliteShareRows(database);
      return { store: new RecordStore({ database, shares }), database };
    }
    case "postgres": {
      const database = await PostgresDatabase.open(location.url, modules);
      const shares = new PostgresShareRows(database, modules);
      return { store: new RecordStore({ database, shares }), database };
    }
  }
}
