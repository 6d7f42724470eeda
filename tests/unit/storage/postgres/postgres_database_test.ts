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
