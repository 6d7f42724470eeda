import assert from "node:assert/strict";
import { openRecords } from "../../../../src/money/records/mod.ts";
import { ShareReader } from "../../../../src/money/books/mod.ts";
import { StorageError } from "../../../../src/platform/database/mod.ts";
import { PostgresNames } from "../../../../src/money/records/postgres/names.ts";
import { PostgresDatabase } from "../../../../src/platform/database/postgres/postgres_database.ts";
import { shareOf, storeSuite } from "../../../compliance/store_suite.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { PostgresCluster } from "../../../support/postgres_cluster.ts";
import { findProgram, testWith } from "../../../support/requirements.ts";
import { openStore } from "../../../support/test_store.ts";

const missing = findProgram("postgres") === undefined;
let cluster: PostgresCluster;

Deno.test.beforeAll(async () => {
  if (!missing) cluster = await PostgresCluster.start();
});
Deno.test.afterAll(async () => {
  if (!missing) await cluster[Symbol.asyncDispose]();
});

storeSuite("[postgres] postgres store", (clock) => {
  let url: string | undefined;
  return {
    lasting: true,
    open: async () => {
      url ??= await cluster.newSchema();
      return await openStore({ kind: "postgres", url }, { clock });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}, { ignore: missing });

const schemaOf = (url: string): string => new URL(url).searchParams.get("search_path") ?? "";

testWith(
  "postgres",
  "the documented tables have the guide's columns, moments with their zone",
  async () => {
    const url = await cluster.newSchema();
    const clock = new FakeClock(1_795_400_000_000);
    const store = await openStore({ kind: "postgres", url }, { clock });
    await store.recordShares([shareOf(1, { isBlock: true, difficulty: 2.5 })]);
    await store.close();
    const columns = await cluster.psql(
      `SELECT table_name || '.' || column_name || ' ' || data_type
       || coalesce('(' || character_maximum_length || ')', '')
     FROM information_schema.columns
     WHERE table_name IN ('shares', 'payouts') AND table_schema = current_schema()
     ORDER BY table_name, ordinal_position`,
      schemaOf(url),
    );
    assert.deepEqual(columns.split("\n"), [
      "payouts.id bigint",
      "payouts.miner_id character varying(255)",
      "payouts.amount bigint",
      "payouts.txid character varying(64)",
      "payouts.timestamp timestamp with time zone",
      "shares.id bigint",
      "shares.miner_id character varying(255)",
      "shares.difficulty double precision",
      "shares.timestamp timestamp with time zone",
      "shares.job_id integer",
      "shares.is_block boolean",
    ]);
    assert.equal(
      await cluster.psql("SET TIME ZONE 'Asia/Tokyo'; SELECT * FROM shares", schemaOf(url)),
      `1|${shareOf(1).minerId}|2.5|2026-11-23 11:13:20.001+09|2147483647|t`,
    );
  },
);

testWith("postgres", "the guide's compliance query runs as it is printed", async () => {
  const url = await cluster.newSchema();
  const clock = new FakeClock(1_795_400_000_000);
  await (await openStore({ kind: "postgres", url }, { clock })).close();
  const query = `SELECT
    miner_id,
    SUM(amount) as total_paid,
    COUNT(*) as payout_count
    FROM payouts
    WHERE timestamp > NOW() - INTERVAL '1 year'
    GROUP BY miner_id;`;
  assert.equal(await cluster.psql(query, schemaOf(url)), "");
});

testWith("postgres", "shares lie in a partition of the day of their writing", async () => {
  const url = await cluster.newSchema();
  const clock = new FakeClock(86_400_000 * 20_000);
  const store = await openStore({ kind: "postgres", url }, { clock });
  await store.recordShares([shareOf(1)]);
  await clock.advance(86_400_000 * 1.5);
  await store.recordShares([shareOf(2), shareOf(3)]);
  // The same share on another day is the same share.
  assert.deepEqual(await store.recordShares([shareOf(1)]), { duplicates: 1 });
  await store.close();
  const days = await cluster.psql(
    `SELECT tableoid::regclass::text || ' ' || count(*) || ' ' || min(day)
     FROM share GROUP BY tableoid ORDER BY 1`,
    schemaOf(url),
  );
  assert.deepEqual(days.split("\n"), ["share_day_20000 1 20000", "share_day_20001 2 20001"]);
});

testWith("postgres", "the schema of another program is refused and left as it is", async () => {
  const url = await cluster.newSchema();
  await cluster.psql("CREATE TABLE customers (name TEXT)", schemaOf(url));
  await assert.rejects(
    openStore({ kind: "postgres", url }, { clock: new FakeClock() }),
    (error: unknown) =>
      error instanceof StorageError && error.code === "foreign-database" &&
      /another program/.test(error.message),
  );
  const tables = await cluster.psql(
    "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace",
    schemaOf(url),
  );
  assert.equal(tables, "1");
});

testWith("postgres", "a schema newer than this program is refused with both versions", async () => {
  const url = await cluster.newSchema();
  const clock = new FakeClock();
  await (await openStore({ kind: "postgres", url }, { clock })).close();
  await cluster.psql("INSERT INTO schema_migration VALUES (9999, 'later', 0)", schemaOf(url));
  await assert.rejects(
    openStore({ kind: "postgres", url }, { clock }),
    (error: unknown) =>
      error instanceof StorageError && error.code === "schema-too-new" &&
      /version 9999.*up to \d+/.test(error.message),
  );
});

testWith("postgres", "several processes that start at once apply each step once", async () => {
  const url = await cluster.newSchema();
  const clock = new FakeClock(1_795_400_000_000);
  const stores = await Promise.all(
    Array.from({ length: 4 }, () => openStore({ kind: "postgres", url }, { clock })),
  );
  await Promise.all(stores.map((store, n) => store.recordShares([shareOf(n), shareOf(9)])));
  assert.equal((await stores[0]?.totals())?.shares, 5);
  await Promise.all(stores.map((store) => store.close()));
});

testWith(
  "postgres",
  "a wrong password or address is told at once and without the password",
  async () => {
    const urls = [
      "postgres://nobody:secret@127.0.0.1:1/pool",
      `postgres://nobody:secret@127.0.0.1:${cluster.port}/pool`,
      "mysql://nobody:secret@127.0.0.1/pool",
      "nothing like secret",
    ];
    for (const url of urls) {
      await assert.rejects(
        openStore({ kind: "postgres", url }, { clock: new FakeClock() }),
        (error: unknown) => error instanceof StorageError && !error.message.includes("secret"),
        url,
      );
    }
  },
);

testWith("postgres", "after a loss names that the server has lost are made anew", async () => {
  const url = await cluster.newSchema();
  const store = await openStore({ kind: "postgres", url }, {
    clock: new FakeClock(1_795_400_000_000),
  });
  const psql = (sql: string) => cluster.psql(sql, schemaOf(url));
  const terms = { networkTarget: 2n ** 230n - 1n, rewardZat: 1n, feePpm: 0 };
  try {
    await store.recordShares([shareOf(1, { minerId: "lost", terms })]);
    // As after a crash with synchronous_commit = off: the last commits are not there any more, and
    // another miner may get the number.
    const partition = await psql(
      "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'share'::regclass LIMIT 1",
    );
    await psql(
      `DROP TABLE ${partition}; DELETE FROM share_proof; DELETE FROM worker; DELETE FROM miner;
       DELETE FROM share_target; DELETE FROM share_terms;
       INSERT INTO miner (id, miner_id) SELECT n, 'other ' || n FROM generate_series(1, 5) AS n;
       INSERT INTO worker (id, miner, name) SELECT n, n, '' FROM generate_series(1, 5) AS n;
       SELECT setval(pg_get_serial_sequence('miner', 'id'), 5),
         setval(pg_get_serial_sequence('worker', 'id'), 5);
       SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'zcash-pool' AND pid <> pg_backend_pid();`,
    );
    const again = () => store.recordShares([shareOf(2, { minerId: "lost", terms })]);
    await again().catch(again);
    assert.equal(await psql("SELECT miner_id FROM shares"), "lost");
    assert.equal(
      await psql("SELECT count(*) FROM share JOIN share_terms ON share_terms.id = share.terms"),
      "1",
    );
  } finally {
    await store.close();
  }
});

testWith("postgres", "names beyond those that are remembered are found all the same", async () => {
  const clock = new FakeClock(1_795_400_000_000);
  const database = await PostgresDatabase.open(await cluster.newSchema(), { clock });
  const names = new PostgresNames({ rememberedMax: 3 });
  try {
    await database.connection.use(async (client) => {
      const first = await names.miners(client, ["a", "b", "c"]);
      const second = await names.miners(client, ["a", "d", "b", "a"]);
      assert.deepEqual([second[0], second[2], second[3]], [first[0], first[1], first[0]]);
      assert.equal(new Set([...first, ...second]).size, 4);
    });
  } finally {
    await database.close();
  }
});

testWith("postgres", "after a loss a row's shares are those of whom the server says", async () => {
  const url = await cluster.newSchema();
  const clock = new FakeClock(1_795_400_000_000);
  const { store, database } = await openRecords({ kind: "postgres", url }, { clock });
  const reader = new ShareReader(database);
  const miners = async () => [
    ...(await database.read((tx) => reader.workBetween(tx, 0n, 100n))).keys(),
  ];
  try {
    await store.recordShares([shareOf(1, { minerId: "first" })]);
    assert.deepEqual(await miners(), ["first"]);
    // The number that the server had given, and lost, is another miner's.
    await cluster.psql(
      `UPDATE miner SET miner_id = 'second';
       SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'zcash-pool' AND pid <> pg_backend_pid();`,
      schemaOf(url),
    );
    assert.deepEqual(await miners().catch(miners), ["second"]);
  } finally {
    await store.close();
  }
});
