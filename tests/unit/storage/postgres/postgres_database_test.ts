import assert from "node:assert/strict";
import { openDatabase } from "../../../../src/storage/mod.ts";
import { sqlDatabaseSuite } from "../../../compliance/sql_database_suite.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { PostgresCluster } from "../../../support/postgres_cluster.ts";
import { findProgram } from "../../../support/requirements.ts";

const missing = findProgram("postgres") === undefined;
let cluster: PostgresCluster;

Deno.test.beforeAll(async () => {
  if (!missing) cluster = await PostgresCluster.start();
});
Deno.test.afterAll(async () => {
  if (!missing) await cluster[Symbol.asyncDispose]();
});

sqlDatabaseSuite(
  "[postgres] postgres database",
  async () => openDatabase({ url: await cluster.newSchema() }, { clock: new FakeClock() }),
  { ignore: missing },
);

Deno.test({
  name: "[postgres] a server that takes no writes is called so, and used again when it does",
  ignore: missing,
  fn: async () => {
    const url = await cluster.newSchema();
    const database = await openDatabase({ url }, { clock: new FakeClock() });
    const write = (): Promise<number> =>
      database.transaction((tx) => tx.execute("UPDATE payout_lease SET renewals = renewals"));
    const setReadOnly = async (value: "on" | "off"): Promise<void> => {
      await cluster.psql(`ALTER DATABASE postgres SET default_transaction_read_only = ${value}`);
      await cluster.psql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'zcash-pool'`,
      );
    };
    try {
      assert.equal(await write(), 1);
      await setReadOnly("on");
      // The first one may meet the end of the connection that was there.
      await write().catch(() => {});
      await assert.rejects(write(), { code: "io", message: /takes no writes \(it is read-only/ });
    } finally {
      await cluster.psql(
        "BEGIN READ WRITE; ALTER DATABASE postgres RESET ALL; COMMIT",
      );
    }
    assert.equal(await write(), 1);
    await database.close();
  },
});
