import assert from "node:assert/strict";
import { systemClock } from "../../../../../src/base/mod.ts";
import { type SqlDatabase, StorageError } from "../../../../../src/platform/database/mod.ts";
import { PostgresCluster } from "../../../../support/postgres_cluster.ts";
import { findProgram, testWith } from "../../../../support/requirements.ts";
import { until } from "../../../../support/until.ts";
import { openDatabase } from "../../../../support/open_database.ts";

const missing = findProgram("postgres") === undefined;
let cluster: PostgresCluster;

Deno.test.beforeAll(async () => {
  if (!missing) cluster = await PostgresCluster.start();
});
Deno.test.afterAll(async () => {
  if (!missing) await cluster[Symbol.asyncDispose]();
});

/** A database of a role that the server gives so many connections. */
async function openLimited(name: string, connections: number): Promise<SqlDatabase> {
  await cluster.psql(`CREATE ROLE ${name} LOGIN CONNECTION LIMIT ${connections}`);
  await cluster.psql(`CREATE SCHEMA ${name} AUTHORIZATION ${name}`);
  const url = `postgres://${name}@127.0.0.1:${cluster.port}/postgres?search_path=${name}`;
  return await openDatabase({ url }, { clock: systemClock });
}

const one = (database: SqlDatabase): Promise<bigint> =>
  database.read(async (tx) => {
    const [row] = await tx.query("SELECT 1 AS one");
    return row?.one as bigint;
  });

testWith(
  "postgres",
  "a server that refuses one of several connections fails calls, never the process",
  async () => {
    const database = await openLimited("refused", 2);
    // Some connections are still being made when another one is refused: whatever the client had
    // begun on them by itself must not fail outside of every promise, which ends the process.
    for (let round = 0; round < 20; round++) {
      const ended = await Promise.allSettled(Array.from({ length: 6 }, () => one(database)));
      for (const end of ended) {
        if (end.status === "rejected") assert.ok(end.reason instanceof StorageError);
        else assert.equal(end.value, 1n);
      }
    }
    await database.close();
  },
);

testWith("postgres", "more calls than connections wait for their turn", async () => {
  const url = await cluster.newSchema();
  const database = await openDatabase({ url }, { clock: systemClock });
  const slow = (): Promise<unknown> =>
    database.read((tx) => tx.query("SELECT pg_sleep(0.02)::text AS slept"));
  await Promise.all(Array.from({ length: 40 }, slow));
  assert.equal(await one(database), 1n);
  await database.close();
});

testWith("postgres", "who waits for a connection hears of the loss of all", async () => {
  const own = await PostgresCluster.start();
  await using _ = own;
  const database = await openDatabase({ url: own.url() }, { clock: systemClock });
  const slow = (): Promise<unknown> =>
    database.read((tx) => tx.query("SELECT pg_sleep(30)::text AS slept"));
  const ended = Promise.allSettled(Array.from({ length: 12 }, slow));
  const working = "SELECT count(*) > 0 FROM pg_stat_activity " +
    "WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(30)%'";
  await until("no call reached the server", async () => (await own.psql(working)).includes("t"));
  await own.kill();
  for (const end of await ended) assert.equal(end.status, "rejected");
  await own.restart();
  assert.equal(await one(database), 1n);
  await database.close();
});
