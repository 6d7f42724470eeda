import { PostgresCluster } from "../../support/postgres_cluster.ts";
import { testWith } from "../../support/requirements.ts";
import { SCENARIOS } from "./_scenarios.ts";
import { testName } from "./_scenario.ts";
import { checkGuards } from "./_wrong_program.ts";
import { runZebra, ZEBRA } from "./_zebra.ts";

for (const scenario of SCENARIOS) {
  Deno.test(testName(scenario), async () => {
    await scenario.run(true);
  });
}

Deno.test("every guard that test:guards takes out stands where it is looked for", checkGuards);

/** Those of one world that touch the most tables; the others differ in the wallet and the chain. */
const ON_POSTGRES: readonly number[] = [2, 7, 10, 12, 14, 30, 36];

testWith("postgres", "payout scenarios hold on PostgreSQL", async (_, t) => {
  await using cluster = await PostgresCluster.start();
  for (const scenario of SCENARIOS.filter(({ number }) => ON_POSTGRES.includes(number))) {
    const databaseUrl = await cluster.newSchema();
    await t.step(testName(scenario), async () => {
      await scenario.run(true, databaseUrl);
    });
  }
});

testWith("zebrad", testName(ZEBRA), (path) => runZebra(path, true));
