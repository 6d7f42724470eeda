/**
 * The long form of the random life of payments: many seeds, each with many steps.
 *
 *     deno task test:payouts-long [first seed] [seeds] [steps]
 *
 * @module
 */
import { reasonOf } from "../../../src/base/mod.ts";
import { printCount } from "../../gate/_count.ts";
import { randomLife } from "./_random_life.ts";

const [first = 1, seeds = 200, steps = 500] = Deno.args.map(Number);
let failed = 0;
for (let seed = first; seed < first + seeds; seed++) {
  try {
    await randomLife(seed, steps);
  } catch (thrown) {
    failed++;
    console.log(`seed ${seed}: ${reasonOf(thrown)}`);
  }
}
console.log(`seeds ${first} to ${first + seeds - 1}, ${steps} steps each`);
printCount({ passed: seeds - failed, failed, skipped: 0 });
Deno.exitCode = failed === 0 ? 0 : 1;
