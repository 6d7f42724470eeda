/**
 * Tries every reader of untrusted input with inputs that a seed decides.
 *
 *     deno task test:fuzz [--inputs N] [--seed N] [--target NAME] [--keep]
 *
 * `--target` takes the beginning of a name; `--keep` writes what reached new blocks of the source
 * to `tests/fuzz/corpus/`. Exit code 1 when something was found.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { readCorpus, writeCorpus } from "./corpus.ts";
import { Coverage } from "./coverage.ts";
import { fuzz, type FuzzResult } from "./fuzzer.ts";
import { TARGETS } from "./targets.ts";

/** Memory by which the process may grow over one target: a run keeps nothing but its corpus. */
const GROWTH_MAX_MB = 300;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    target: { type: "string", default: "" },
    keep: { type: "boolean", default: false },
  },
});
const inputs = Number(values.inputs);
const seed = Number(values.seed);
if (!Number.isSafeInteger(inputs) || inputs < 1 || !Number.isSafeInteger(seed)) {
  console.error("--inputs and --seed are whole numbers");
  Deno.exit(2);
}

function row(result: FuzzResult, details: Record<string, string | number>): string {
  const cells = [result.target.padEnd(32), String(result.inputs).padStart(9)];
  for (const [name, value] of Object.entries(details)) cells.push(`${name} ${value}`);
  return cells.join("  ");
}

console.log(`seed ${seed}`);
const coverage = await Coverage.start();
let found = 0;
for (const target of TARGETS.filter(({ name }) => name.startsWith(values.target))) {
  const [blocksBefore, residentBefore] = [coverage.size, Deno.memoryUsage().rss];
  const start = performance.now();
  const result = await fuzz(target, { inputs, seed, coverage, corpus: readCorpus(target.name) });
  const growthMb = (Deno.memoryUsage().rss - residentBefore) / 2 ** 20;
  console.log(row(result, {
    corpus: result.corpus.length,
    blocks: coverage.size - blocksBefore,
    "slowest ms": result.slowestMs.toFixed(1),
    "growth MB": growthMb.toFixed(0),
    "us each": ((performance.now() - start) * 1_000 / result.inputs).toFixed(1),
  }));
  if (values.keep) writeCorpus(target.name, result.corpus);
  if (growthMb > GROWTH_MAX_MB) {
    found++;
    console.log(`FOUND ${target.name}: memory grew by ${growthMb.toFixed(0)} MB`);
  }
  const { finding } = result;
  if (finding === undefined) continue;
  found++;
  console.log(`FOUND ${target.name}: ${finding.error.stack ?? finding.error.message}`);
  console.log(`input (base64): ${new Uint8Array(finding.input).toBase64()}`);
}
coverage.stop();
Deno.exit(found === 0 ? 0 : 1);
