/**
 * Shows that every scenario of payments can fail: each is run once as it is and once without its
 * guard, and must pass and fail. Prints a line for each.
 *
 *     deno task test:guards
 *
 * @module
 */
import { reasonOf } from "../../../src/base/mod.ts";
import { printCount } from "../../gate/_count.ts";
import { findProgram, HOW_TO_GET } from "../../support/requirements.ts";
import { type Scenario, testName } from "./_scenario.ts";
import { SCENARIOS } from "./_scenarios.ts";
import { runZebra, ZEBRA } from "./_zebra.ts";

async function outcomeOf(scenario: Scenario, guarded: boolean): Promise<string | undefined> {
  try {
    await scenario.run(guarded);
    return undefined;
  } catch (thrown) {
    // A program that does not run is not a wrong one.
    if (thrown instanceof SyntaxError || thrown instanceof ReferenceError) throw thrown;
    return reasonOf(thrown).split("\n")[0] ?? "";
  }
}

const zebrad = findProgram("zebrad");
const zebra: Scenario | undefined = zebrad === undefined
  ? undefined
  : { ...ZEBRA, run: (guarded) => runZebra(zebrad, guarded) };
const scenarios = [...SCENARIOS, ...zebra === undefined ? [] : [zebra]]
  .toSorted((a, b) => a.number - b.number);
if (zebra === undefined) console.log(`skipped ${testName(ZEBRA)}: ${HOW_TO_GET.zebrad}`);
let failed = 0;
for (const scenario of scenarios) {
  const fault = await outcomeOf(scenario, true);
  const noticed = await outcomeOf(scenario, false);
  const good = fault === undefined && noticed !== undefined;
  if (!good) failed++;
  console.log(`${good ? "ok    " : "FAILED"} ${testName(scenario)}`);
  if (fault !== undefined) console.log(`       with the guard it fails: ${fault}`);
  console.log(`       without the guard: ${noticed ?? "nothing is noticed"}`);
}
printCount({ passed: scenarios.length - failed, failed, skipped: zebra === undefined ? 1 : 0 });
Deno.exitCode = failed === 0 ? 0 : 1;
