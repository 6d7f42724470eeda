/** `check` and the start say the same of a database: what one refuses, the other does. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openRecords } from "../../../../src/money/records/mod.ts";
import { tryPostgresStart, trySqliteStart } from "../../../../src/platform/database/mod.ts";
import { inFolder } from "../../../support/command_line.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { openDatabase } from "../../../support/open_database.ts";
import { PostgresCluster } from "../../../support/postgres_cluster.ts";
import { testWith } from "../../../support/requirements.ts";

const clock = new FakeClock();

interface Refusal {
  readonly code: string;
  readonly message: RegExp;
}

Deno.test("what a start refuses of a SQLite file, a try refuses, and changes nothing", () =>
  inFolder(async (folder) => {
    const path = `${folder}/pool.sqlite`;
    const location = { kind: "sqlite", path, asPool: true } as const;
    const pool = await openRecords(location, { clock });
    assert.deepEqual(trySqliteStart(path), { isServed: true });
    await pool.store.close();
    assert.deepEqual(trySqliteStart(path), { isServed: false });

    const refusals: [string, string, Refusal][] = [
      ["foreign", "CREATE TABLE customers (name TEXT)", {
        code: "foreign-database",
        message: /another program/,
      }],
      ["marked", "PRAGMA application_id = 42; CREATE TABLE a (b)", {
        code: "foreign-database",
        message: /application id 42/,
      }],
      ["newer", "", { code: "schema-too-new", message: /version 9999/ }],
    ];
    for (const [name, sql, refusal] of refusals) {
      const file = `${folder}/${name}`;
      if (name === "newer") await Deno.copyFile(path, file);
      {
        using other = new DatabaseSync(file);
        other.exec(sql || "INSERT INTO schema_migration VALUES (9999, 'later', 0)");
      }
      const before = await Deno.readFile(file);
      assert.throws(() => trySqliteStart(file), refusal, name);
      assert.deepEqual(await Deno.readFile(file), before);
      await assert.rejects(openRecords({ ...location, path: file }, { clock }), refusal, name);
    }
    await Deno.writeTextFile(`${folder}/text`, "no database ".repeat(100));
    assert.throws(() => trySqliteStart(`${folder}/text`), { code: "not-a-database" });
  }));

testWith(
  "postgres",
  "what a start refuses of a schema, a try refuses, and changes nothing",
  async () => {
    await using cluster = await PostgresCluster.start();
    const schemaOf = (url: string) => new URL(url).searchParams.get("search_path") ?? "";
    const as = (url: string, role: string) => url.replace("postgres@", `${role}@`);
    const refused = async (url: string, refusal: Refusal): Promise<void> => {
      await assert.rejects(tryPostgresStart(url, { clock }), refusal);
      await assert.rejects(openDatabase({ url }, { clock }), refusal);
    };
    const relations = (url: string) =>
      cluster.psql(
        "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace",
        schemaOf(url),
      );

    const fresh = await cluster.newSchema();
    assert.match(await tryPostgresStart(fresh, { clock }), /^127\.0\.0\.1:\d+\/postgres$/);
    assert.equal(await relations(fresh), "0");

    const foreign = await cluster.newSchema();
    await cluster.psql("CREATE TABLE customers (name TEXT)", schemaOf(foreign));
    await refused(foreign, { code: "foreign-database", message: /another program/ });

    const readable = await cluster.newSchema();
    await cluster.psql(
      `CREATE ROLE reader LOGIN; CREATE ROLE writer LOGIN;
     GRANT USAGE ON SCHEMA ${schemaOf(readable)} TO reader, writer`,
    );
    await refused(as(readable, "reader"), {
      code: "no-permission",
      message: /permission denied for schema/,
    });

    // Rows alone are not enough: each day has a table of its own.
    await (await openDatabase({ url: readable }, { clock })).close();
    await cluster.psql(
      "GRANT ALL ON ALL TABLES IN SCHEMA " + schemaOf(readable) + " TO writer",
    );
    await refused(as(readable, "writer"), {
      code: "no-permission",
      message: /may not make tables in the schema .*GRANT CREATE ON SCHEMA/,
    });
    await cluster.psql(`GRANT CREATE ON SCHEMA ${schemaOf(readable)} TO writer`);
    await refused(as(readable, "writer"), {
      code: "no-permission",
      message: /belong to the role postgres/,
    });
    const before = await relations(readable);
    await tryPostgresStart(readable, { clock });
    assert.equal(await relations(readable), before);

    await cluster.psql(
      "INSERT INTO schema_migration VALUES (9999, 'later', 0)",
      schemaOf(readable),
    );
    await refused(readable, { code: "schema-too-new", message: /version 9999/ });
  },
);
