import { coinbaseSuite } from "../../../compliance/coinbase_suite.ts";
import { earningsSuite } from "../../../compliance/earnings_suite.ts";
import { ledgerSuite } from "../../../compliance/ledger_suite.ts";
import { moneySuite } from "../../../compliance/money_suite.ts";
import { windowSuite } from "../../../compliance/window_suite.ts";
import { postgresPlace } from "../../../support/ledger_places.ts";
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

const test = ledgerSuite("[postgres] ledger in postgres", () => postgresPlace(() => cluster), {
  ignore: missing,
});
moneySuite(test);
earningsSuite(test);
coinbaseSuite(test);
windowSuite(test);
