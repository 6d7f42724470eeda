/**
 * Whole pools on a clock that stands still, with faults at every seam, each run decided by a seed.
 *
 *     deno task test:simulation [--seeds N] [--from SEED] [--actions N] [--first]
 *
 * A failure prints its seed and the fewest actions that show it; `--from SEED --seeds 1` runs it
 * again; `--first` ends at the first failure, which it does not cut down. Exit code 1 when something did not hold.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { shrinkActions, simulate } from "./simulate.ts";

/** Failures that are cut down and shown; then the run ends. */
const FAILURES_MAX = 3;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    actions: { type: "string", default: "200" },
    first: { type: "boolean", default: false },
  },
});
const [seeds, from, count] = [values.seeds, values.from, values.actions].map(Number) as [
  number,
  number,
  number,
];
if (![seeds, from, count].every((value) => Number.isSafeInteger(value) && value > 0)) {
  console.error("--seeds, --from and --actions are whole numbers above 0");
  Deno.exit(2);
}
const sums = { shares: 0, accepted: 0, starts: 0 };
let failures = 0;
let done = 0;
for (let seed = from; seed < from + seeds && failures < FAILURES_MAX; seed++) {
  const result = await simulate(seed, count);
  done++;
  sums.shares += result.shares;
  sums.accepted += result.accepted;
  sums.starts += result.starts;
  if (result.failure === undefined) continue;
  failures++;
  if (values.first) {
    console.log(`seed ${seed}: ${result.failure.message}`);
    break;
  }
  const shortest = await shrinkActions(result);
  console.log(`seed ${seed}: ${shortest.failure?.stack ?? ""}`);
  for (const { name, a, b } of shortest.actions) console.log(`  ${name} ${a} ${b}`);
}
console.log(
  `${done} seeds of ${count} actions: ${failures} failed; ${sums.shares} shares, ` +
    `${sums.accepted} accepted, ${sums.starts} starts of a process`,
);
Deno.exit(failures === 0 ? 0 : 1);
