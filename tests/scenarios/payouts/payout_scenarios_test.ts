import { SCENARIOS } from "./_scenarios.ts";
import { testName } from "./_scenario.ts";

for (const scenario of SCENARIOS) {
  Deno.test(testName(scenario), async () => {
    await scenario.run(true);
  });
}
