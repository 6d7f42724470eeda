/**
 * Shows that every scenario of payments can fail: each is run once as it is and once with its guard
 * switched off, and must pass and fail. Prints a line for each.
 *
 *     deno task test:guards
 *
 * @module
 */
import { reasonOf } from "../../../src/base/mod.ts";
import { printCount } from "../../gate/_count.ts";
import { type Scenario, testName } from "./_scenario.ts";
import { SCENARIOS } from "./_scenarios.ts";

async function outcomeOf(scenario: Scenario, guarded: boolean): Promise<string | undefined> {
  try {
    await scenario.run(guarded);
    return undefined;
  } catch (thrown) {
    return reasonOf(thrown).split("\n")[0] ?? "";
  }
}

let failed = 0;
for (const scenario of SCENARIOS) {
  const fault = await outcomeOf(scenario, true);
  const noticed = await outcomeOf(scenario, false);
  const good = fault === undefined && noticed !== undefined;
  if (!good) failed++;
  console.log(`${good ? "ok    " : "FAILED"} ${testName(scenario)}`);
  if (fault !== undefined) console.log(`       with the guard it fails: ${fault}`);
  console.log(`       without the guard: ${noticed ?? "nothing is noticed"}`);
}
printCount({ passed: SCENARIOS.length - failed, failed, skipped: 0 });
Deno.exitCode = failed === 0 ? 0 : 1;
