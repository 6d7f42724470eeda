/**
 * Tries a reader with inputs that a seed decides, and keeps those that reach new blocks of the
 * source to go on from.
 *
 * @module
 */
import { seededChoices } from "../support/seeded_choices.ts";
import type { Coverage } from "./coverage.ts";
import type { FuzzTarget } from "./fuzz_target.ts";
import { mutate } from "./mutation.ts";
import { shrink } from "./shrink.ts";

/** What was found wrong with one input. */
export interface Finding {
  readonly target: string;
  /** Cut down to what still shows it. */
  readonly input: Uint8Array;
  readonly error: Error;
}

/** What a run of one target gave. */
export interface FuzzResult {
  readonly target: string;
  readonly inputs: number;
  /** Inputs that reached something new, seeds included. */
  readonly corpus: readonly Uint8Array[];
  /** The longest time of one input, ms, of several readings the shortest one. */
  readonly slowestMs: number;
  readonly finding: Finding | undefined;
}

export interface FuzzOptions {
  readonly inputs: number;
  readonly seed: number;
  /** Undefined: nothing is kept beyond the corpus given. */
  readonly coverage: Coverage | undefined;
  /** Inputs of earlier runs. */
  readonly corpus: readonly Uint8Array[];
}

/** An input that takes longer hangs; the longest that is read is 2 MB. */
const TIME_MAX_MS = 1_000;

/** Inputs between two looks at what ran; the look costs some milliseconds. */
const BATCH = 256;

/** Inputs that are kept of a target. */
const CORPUS_MAX = 2_000;

/** Tries a target; ends at the first finding. */
export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzResult> {
  const run = new FuzzRun(target);
  const words = (target.words ?? []).map((word) => new TextEncoder().encode(word));
  const corpus = [...target.seeds(), ...options.corpus];
  for (const input of corpus) if (!await run.passes(input)) return run.result(corpus);
  await options.coverage?.news();
  const choices = seededChoices(options.seed);
  const other = () => choices.of(corpus);
  let batch: Uint8Array[] = [];
  while (run.inputs < options.inputs) {
    const input = mutate(choices.of(corpus), choices, {
      words,
      lengthMax: target.lengthMax,
      other,
    });
    if (!await run.passes(input)) break;
    batch.push(input);
    if (batch.length < BATCH || options.coverage === undefined) continue;
    if (corpus.length < CORPUS_MAX && await options.coverage.news() > 0) corpus.push(...batch);
    batch = [];
  }
  return run.result(corpus);
}

class FuzzRun {
  inputs = 0;
  #slowestMs = 0;
  #finding: Finding | undefined;
  readonly #target: FuzzTarget;

  constructor(target: FuzzTarget) {
    this.#target = target;
  }

  async passes(input: Uint8Array): Promise<boolean> {
    this.inputs++;
    const fault = await this.#faultOf(input);
    if (fault === undefined) return true;
    const isSame = async (smaller: Uint8Array) =>
      (await this.#faultOf(smaller))?.name === fault.name;
    const shortest = await shrink(input, isSame);
    const error = await this.#faultOf(shortest) ?? fault;
    this.#finding = { target: this.#target.name, input: shortest, error };
    return false;
  }

  result(corpus: readonly Uint8Array[]): FuzzResult {
    return {
      target: this.#target.name,
      inputs: this.inputs,
      corpus,
      slowestMs: this.#slowestMs,
      finding: this.#finding,
    };
  }

  async #faultOf(input: Uint8Array): Promise<Error | undefined> {
    try {
      let elapsed = await this.#time(input);
      // A machine that was busy with something else is no hang: further readings tell.
      for (let again = 0; again < 4 && elapsed > this.#slowestMs; again++) {
        elapsed = Math.min(elapsed, await this.#time(input));
      }
      this.#slowestMs = Math.max(this.#slowestMs, elapsed);
      return elapsed > TIME_MAX_MS ? new RangeError(`reading took ${elapsed} ms`) : undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #time(input: Uint8Array): Promise<number> {
    const start = performance.now();
    const reading = this.#target.read(input.slice());
    if (reading !== undefined) await reading;
    return performance.now() - start;
  }
}
