import assert from "node:assert/strict";
import { PostgresDatabase } from "../../../../../src/platform/database/postgres/postgres_database.ts";
import { MIGRATIONS } from "../../../../../src/platform/database/migrations/mod.ts";
import { sqlDatabaseSuite } from "../../../../compliance/sql_database_suite.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import { PostgresCluster } from "../../../../support/postgres_cluster.ts";
import { findProgram } from "../../../../support/requirements.ts";
import { openDatabase } from "../../../../support/open_database.ts";

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

Deno.test({
  name: "[postgres] windows from before they had a unit are windows of shares",
  ignore: missing,
  fn: async () => {
    const url = await cluster.newSchema();
    const clock = new FakeClock();
    const migrations = MIGRATIONS.filter(({ name }) => name !== "window_units");
    await (await PostgresDatabase.open(url, { clock, migrations })).close();
    const schema = new URL(url).searchParams.get("search_path") ?? "";
    await cluster.psql(
      `INSERT INTO epoch (from_ms, scheme, fee_ppm, pplns_window, after_share)
       VALUES (1, 'pplns', 0, 7, 0)`,
      schema,
    );
    await (await PostgresDatabase.open(url, { clock })).close();
    const units = await cluster.psql("SELECT pplns_window_unit FROM epoch", schema);
    assert.equal(units.trim(), "shares");
  },
});

Deno.test({
  name: "[postgres] an older ledger's views get moments with a zone, and keep their readers",
  ignore: missing,
  fn: async () => {
    const url = await cluster.newSchema();
    const clock = new FakeClock();
    const migrations = MIGRATIONS.filter(({ number }) => number < 300);
    await (await PostgresDatabase.open(url, { clock, migrations })).close();
    const schema = new URL(url).searchParams.get("search_path") ?? "";
    await cluster.psql(
      `CREATE ROLE "report's" LOGIN; CREATE ROLE auditor;
       GRANT USAGE ON SCHEMA ${schema} TO PUBLIC;
       GRANT SELECT ON shares TO PUBLIC;
       GRANT SELECT ON payouts TO "report's", auditor WITH GRANT OPTION;
       INSERT INTO miner (id, miner_id) VALUES (1, 'miner'), (2, 'stranger');
       INSERT INTO worker (miner, name) VALUES (1, 'rig');`,
      schema,
    );
    await (await PostgresDatabase.open(url, { clock })).close();
    assert.equal(
      await cluster.psql(
        `SELECT string_agg(grantee || ' ' || table_name || ' ' || is_grantable, ', '
           ORDER BY grantee)
         FROM information_schema.role_table_grants
         WHERE table_schema = current_schema() AND grantee <> 'postgres'`,
        schema,
      ),
      "PUBLIC shares NO, auditor payouts YES, report's payouts YES",
    );
    assert.equal(await cluster.psql("SELECT miner_id FROM miner", schema), "miner");
  },
});

Deno.test({
  name: "[postgres] hours from before luck had sums of its own get these sums",
  ignore: missing,
  fn: async () => {
    const url = await cluster.newSchema();
    const clock = new FakeClock();
    const migrations = MIGRATIONS.filter(({ name }) => name !== "hour_sums");
    await (await PostgresDatabase.open(url, { clock, migrations })).close();
    const schema = new URL(url).searchParams.get("search_path") ?? "";
    await cluster.psql(
      `INSERT INTO miner (id, miner_id) VALUES (1, 'a'), (2, 'b');
       INSERT INTO share_hour (hour, from_share, through_share, closed_at_ms)
       VALUES (1, 0, 2, 1), (2, 2, 3, 2), (3, 3, 3, 3);
       INSERT INTO miner_hour VALUES (1, 1, 1, '1', 5, 0, 0, 0), (2, 1, 1, '1', 7, 0, 0, 0),
         (1, 2, 1, '1', 11, 0, 0, 0);`,
      schema,
    );
    await (await PostgresDatabase.open(url, { clock })).close();
    const sums = async (sql: string) => (await cluster.psql(sql, schema)).trim().split("\n");
    assert.deepEqual(await sums("SELECT pico_blocks FROM share_hour ORDER BY hour"), [
      "12",
      "11",
      "0",
    ]);
    assert.deepEqual(await sums("SELECT pico_blocks FROM miner_expectation ORDER BY miner"), [
      "16",
      "7",
    ]);
  },
});
