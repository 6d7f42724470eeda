/**
 * How fast is a share checked, against the published verifier built natively, in the same run?
 *
 *     deno task bench:equihash            a table
 *     deno task bench:equihash --json     one object
 *     deno task bench:equihash --short    fewer rounds, under 45 seconds (once cargo has built)
 *
 * Rounds of all candidates take turns; every figure is a median.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { createHash } from "node:crypto";
import { createSolver, verifySolution } from "../../src/mining/equihash/mod.ts";
import { Checker, initSync } from "../../wasm/pkg/equihash_verifier.js";
import { verifierModule } from "../../wasm/modules.js";
import { equihashFault } from "../support/equihash_twin.ts";
import { type NativeBaseline, startBaselines } from "./_equihash_native.ts";
import { earlyWrong, lateWrong, rightShares } from "./_equihash_shares.ts";
import { measureLatency, measureThroughput } from "./_equihash_workers.ts";

const SHORT = Deno.args.includes("--short");
const ROUNDS = SHORT ? 8 : 30;
/** A share is checked that often per timing: a single one is too short for the clock. */
const REPEATS = 4;
const BATCH = 8;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
const right = rightShares[0] as Uint8Array;

/** Microseconds of one call, as the mean of some. */
function time(repeats: number, action: () => void): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) action();
  return (performance.now() - start) / repeats * 1000;
}

/** Checks batches of eight in one call, as the workers do. */
function batchChecker(): { valid(): void; crossing(): void } {
  const { memory } = initSync({ module: verifierModule });
  const checker = new Checker(BATCH);
  const batch = new Uint8Array(BATCH * right.length);
  for (let i = 0; i < BATCH; i++) batch.set(rightShares[i] as Uint8Array, i * right.length);
  const run = (count: number): void => {
    new Uint8Array(memory.buffer).set(batch, checker.sharesOffset());
    checker.check(count);
    new Uint8Array(memory.buffer, checker.verdictsOffset(), BATCH).slice();
  };
  return { valid: () => run(BATCH), crossing: () => run(0) };
}

async function measureChecks(natives: readonly NativeBaseline[]): Promise<Record<string, number>> {
  const times: Record<string, number[]> = {};
  const add = (name: string, ...values: number[]): void =>
    void (times[name] ??= []).push(...values);
  const batches = batchChecker();
  for (let i = 0; i < 2000; i++) verifySolution(rightShares[i % 40] as Uint8Array);
  for (let i = 0; i < 200; i++) batches.valid();
  for (let round = 0; round < ROUNDS; round++) {
    for (const share of rightShares) add("valid", time(REPEATS, () => verifySolution(share)));
    for (const native of natives) add(native.name, ...await native.round());
    for (const [name, share] of Object.entries(earlyWrong)) {
      add(name, time(500, () => verifySolution(share)));
    }
    for (const [name, share] of Object.entries(lateWrong)) {
      add(name, time(20, () => verifySolution(share)));
    }
    add("batch", time(20, batches.valid) / BATCH);
    add("crossing", time(500, batches.crossing) / BATCH);
    add(
      "node:crypto",
      time(500, () => {
        createHash("sha256").update(createHash("sha256").update(right).digest()).digest();
      }),
    );
    add("noble", time(200, () => sha256(sha256(right))));
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

async function measureSolver(): Promise<{ perSecond: number }> {
  const solver = createSolver();
  const nonce = new Uint8Array(32);
  let [found, elapsedMs] = [0, 0];
  for (let i = 0; i <= (SHORT ? 3 : 8); i++) {
    nonce[0] = i;
    const start = performance.now();
    const solutions = await solver.solve({ headerPrefix: right.slice(0, 108), nonce });
    // The first nonce also starts the thread.
    if (i === 0) continue;
    found += solutions.length;
    elapsedMs += performance.now() - start;
  }
  solver.close();
  return { perSecond: found / elapsedMs * 1000 };
}

/**
 * How much more two processes do at once than one after the other: what two threads can hope for
 * on this machine at this moment. Nothing without native builds.
 */
async function measureMachine([a, b]: readonly NativeBaseline[]): Promise<number[]> {
  if (a === undefined || b === undefined) return [];
  const elapsed = async (action: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await action();
    return performance.now() - start;
  };
  const alone = [await elapsed(() => a.round()), await elapsed(() => b.round())];
  const together = await elapsed(() => Promise.all([a.round(), b.round()]));
  // The two builds differ in speed: together they cannot be quicker than the slower one.
  return [2 * Math.max(...alone) / together];
}

/** One decimal place less than noise. */
const round = (value: number): number => Number(value.toPrecision(4));

async function main(): Promise<void> {
  const sharesFile = await Deno.makeTempFile();
  const all = new Uint8Array(rightShares.length * right.length);
  rightShares.forEach((share, i) => all.set(share, i * right.length));
  await Deno.writeFile(sharesFile, all);
  const natives = await startBaselines(sharesFile);
  const checks = await measureChecks(natives ?? []);
  const latency = await measureLatency(SHORT ? 100 : 300);
  const machine: number[] = [];
  const look = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) machine.push(...await measureMachine(natives ?? []));
  };
  // Before and after, not between: whoever waited for another process begins with cold caches.
  await look();
  const [one = [], two = []] = await measureThroughput([1, 2], SHORT ? 20 : 60);
  await look();
  for (const native of natives ?? []) await native.close();
  await Deno.remove(sharesFile);
  const solver = await measureSolver();

  const of = (name: string): number => checks[name] ?? NaN;
  const valid = of("valid");
  const emptyTrip = Math.min(median(latency.emptyMessage), median(latency.emptyShared));
  const figures: Record<string, number | string> = {
    valid_us: valid,
    valid_in_batches_us: of("batch"),
    early_invalid_us: Math.max(...Object.keys(earlyWrong).map(of)),
    ...Object.fromEntries(Object.keys(earlyWrong).map((name) => [`early: ${name}`, of(name)])),
    late_invalid_us: Math.max(...Object.keys(lateWrong).map(of)),
    ...Object.fromEntries(Object.keys(lateWrong).map((name) => [`late: ${name}`, of(name)])),
    late_to_valid: Math.max(...Object.keys(lateWrong).map(of)) / valid,
    crossing_percent: of("crossing") / of("batch") * 100,
    sha256d_node_crypto_us: of("node:crypto"),
    sha256d_noble_us: of("noble"),
    workers: 2,
    shares_per_second: median(two),
    shares_per_second_1_worker: median(one),
    workers_2_to_1: median(two) / median(one),
    shares_per_second_best: Math.max(...two),
    workers_2_to_1_best: Math.max(...two) / Math.max(...one),
    processes_2_to_1: median(machine),
    empty_trip_message_us: median(latency.emptyMessage),
    empty_trip_shared_us: median(latency.emptyShared),
    loaded_trip_shared_us: median(latency.loadedShared),
    share_latency_us: median(latency.share),
    bare_check_after_rest_us: median(latency.bareCheck),
    share_latency_bound_us: median(latency.bareCheck) + 1.2 * emptyTrip,
    share_latency_in_trips: (median(latency.share) - median(latency.bareCheck)) / emptyTrip,
    loaded_trip_in_trips: median(latency.loadedShared) / emptyTrip,
    solver_solutions_per_second: solver.perSecond,
  };
  if (natives === undefined) {
    figures.native = "not built (no cargo): compared with the readable twin instead";
    figures.twin_valid_us = median([1, 2, 3].map(() =>
      time(1, () => {
        equihashFault({ n: 200, k: 9 }, right.subarray(0, 140), right.subarray(143));
      })
    ));
  } else {
    figures.native_valid_us = of("native");
    figures.native_avx2_valid_us = of("native_avx2");
    figures.native_target_cpu_valid_us = of("native_target_cpu");
    figures.ratio_to_native = of("native") / valid;
    figures.ratio_to_avx2 = of("native_avx2") / valid;
  }
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value === "number") figures[name] = round(value);
  }
  if (Deno.args.includes("--json")) console.log(JSON.stringify(figures));
  else {for (const [name, value] of Object.entries(figures)) {
      console.log(
        `${name.padEnd(32)} ${typeof value === "number" ? `${value}`.padStart(10) : value}`,
      );
    }}
}

await main();
