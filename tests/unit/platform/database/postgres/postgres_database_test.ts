import assert from "node:assert/strict";
import type { SqlSession } from "../../../../../src/platform/database/mod.ts";
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
  name: "[postgres] what values and statements mean does not depend on the server's settings",
  ignore: missing,
  fn: async () => {
    const database = await openDatabase({ url: await cluster.newSchema() }, {
      clock: new FakeClock(),
    });
    const settings = (tx: SqlSession) =>
      tx.query(
        `SELECT name || '=' || setting AS setting FROM pg_settings
         WHERE source = 'client' OR name = 'transaction_isolation' ORDER BY lower(name)`,
      ).then((rows) => rows.map(({ setting }) => String(setting)));
    try {
      const usual = [
        ...["application_name=zcash-pool", "array_nulls=on", "bytea_output=hex"],
        ...["client_encoding=UTF8", "client_min_messages=warning", "DateStyle=ISO, YMD"],
        ...["default_transaction_deferrable=off"],
        ...["default_transaction_isolation=read committed", "extra_float_digits=1"],
        ...["idle_in_transaction_session_timeout=60000", "idle_session_timeout=0"],
        ...["IntervalStyle=iso_8601", "lock_timeout=10000", "row_security=off"],
        ...["standard_conforming_strings=on", "statement_timeout=30000"],
        ...["synchronous_commit=on", "TimeZone=UTC"],
      ];
      const inMode = (isolation: string) => [
        ...usual,
        `transaction_isolation=${isolation}`,
        "transform_null_equals=off",
      ];
      const found = (settings: string[]) =>
        settings.filter((setting) => !setting.startsWith("search_path="));
      for (const verb of ["transaction", "write"] as const) {
        assert.deepEqual(found(await database[verb](settings)), inMode("read committed"), verb);
      }
      assert.deepEqual(found(await database.read(settings)), inMode("repeatable read"));
      const [row] = await database.read((tx) =>
        tx.query("SELECT TIMESTAMPTZ '2026-11-30 12:00:00+00' AS moment, 'a\\b' AS text")
      );
      assert.deepEqual({ ...row }, { moment: "2026-11-30 12:00:00+00", text: "a\\b" });
    } finally {
      await database.close();
    }
  },
});

Deno.test({
  name: "[postgres] bytes in a form that is not known are an error and no other bytes",
  ignore: missing,
  fn: async () => {
    const database = await openDatabase({ url: await cluster.newSchema() }, {
      clock: new FakeClock(),
    });
    try {
      await assert.rejects(
        database.read(async (tx) => {
          await tx.execute("SET LOCAL bytea_output = 'escape'");
          await tx.query("SELECT $1 AS bytes", [new Uint8Array([0x61, 0x62, 0x63, 0x64])]);
        }),
        { code: "unreadable" },
      );
    } finally {
      await database.close();
    }
  },
});

Deno.test({
  name: "[postgres] a server that takes no writes is called so, and used again when it does",
  ignore: missing,
  fn: async () => {
    const url = await cluster.newSchema();
    const clock = new FakeClock();
    const database = await openDatabase({ url }, { clock });
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
    await clock.advance(5_000);
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
