/**
 * What the pool reads, beside second readers: transactions and addresses beside the official Zcash
 * crates, messages beside the official Stratum V2 crates, TOML beside Python's. Needs cargo and
 * Python 3.11 and builds the crates at first.
 *
 *     deno task test:fuzz-differential [--inputs N] [--seed N] [--target NAME]
 *
 * @module
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { type Comparison, COMPARISONS } from "./comparisons.ts";
import { LineProgram } from "./line_program.ts";
import { mutate } from "./mutation.ts";
import { seededChoices } from "../support/seeded_choices.ts";

const READERS = new URL("./second_readers/", import.meta.url);

/** Lines that are asked at once. */
const BATCH = 500;

/** Differences of one kind that are shown. */
const SHOWN_MAX = 3;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    target: { type: "string", default: "" },
  },
});
const [inputs, seed] = [Number(values.inputs), Number(values.seed)];

async function buildReaders(): Promise<string> {
  const { success } = await new Deno.Command("cargo", {
    args: ["build", "--quiet", "--release", "--locked"],
    cwd: READERS,
  }).output();
  if (!success) throw new Error("the crates of tests/fuzz/second_readers could not be built");
  return fileURLToPath(new URL("target/release/second-readers", READERS));
}

function open(comparison: Comparison, crates: string): LineProgram {
  return comparison.reader === "crates"
    ? new LineProgram(crates, [])
    : new LineProgram("python3", [fileURLToPath(new URL("toml_reader.py", READERS))]);
}

async function compare(comparison: Comparison, program: LineProgram): Promise<number> {
  const choices = seededChoices(seed);
  const seeds = comparison.seeds();
  const words = (comparison.words ?? []).map((word) => new TextEncoder().encode(word));
  const counts = new Map<string, number>();
  let faults = 0;
  for (let done = 0; done < inputs; done += BATCH) {
    const batch = Array.from({ length: BATCH }, () => {
      const input = mutate(choices.of(seeds), choices, {
        words,
        lengthMax: comparison.lengthMax,
        other: () => choices.of(seeds),
      });
      return comparison.wrap?.(input, choices) ?? input;
    });
    const answers = await program.ask(batch.map((input) => comparison.line(input)));
    for (const [index, input] of batch.entries()) {
      const verdict = comparison.judge(input, answers[index] ?? "");
      const count = (counts.get(verdict.kind) ?? 0) + 1;
      counts.set(verdict.kind, count);
      if (verdict.fault) faults++;
      if (verdict.detail !== undefined && count <= SHOWN_MAX) {
        console.log(`${comparison.name}: ${verdict.kind}: ${verdict.detail}`);
        console.log(`  input (base64): ${new Uint8Array(input).toBase64()}`);
      }
    }
  }
  const table = [...counts].map(([kind, count]) => `${kind} ${count}`).join(", ");
  console.log(`${comparison.name.padEnd(16)} ${table}`);
  return faults;
}

const crates = await buildReaders();
console.log(`seed ${seed}`);
let faults = 0;
for (const comparison of COMPARISONS.filter(({ name }) => name.startsWith(values.target))) {
  const program = open(comparison, crates);
  faults += await compare(comparison, program);
  await program.close();
}
Deno.exit(faults === 0 ? 0 : 1);
