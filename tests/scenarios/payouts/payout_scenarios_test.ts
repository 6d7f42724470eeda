import { testWith } from "../../support/requirements.ts";
import { SCENARIOS } from "./_scenarios.ts";
import { testName } from "./_scenario.ts";
import { runZebra, ZEBRA } from "./_zebra.ts";

for (const scenario of SCENARIOS) {
  Deno.test(testName(scenario), async () => {
    await scenario.run(true);
  });
}

testWith("zebrad", testName(ZEBRA), (path) => runZebra(path, true));
