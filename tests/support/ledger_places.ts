/**
 * Places for the suite of the ledger: a SQLite file, and a schema on a PostgreSQL server.
 *
 * @module
 */
import { openRecords } from "../../src/money/records/mod.ts";
import type { LedgerPlace } from "../compliance/ledger_suite.ts";
import type { PostgresCluster } from "./postgres_cluster.ts";

/** A file in a directory of its own. */
export function sqlitePlace(): LedgerPlace {
  const directory = Deno.makeTempDirSync();
  return {
    open: (clock) => openRecords({ kind: "sqlite", path: `${directory}/pool.sqlite` }, { clock }),
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

/** A schema of its own; opening again gives the same one. */
export function postgresPlace(cluster: () => PostgresCluster): LedgerPlace {
  let url: string | undefined;
  return {
    open: async (clock) => {
      url ??= await cluster().newSchema();
      return await openRecords({ kind: "postgres", url }, { clock });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
