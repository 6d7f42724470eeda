import { type Random, randomU32 } from "../../base/mod.ts";

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
// Miners that lost a pool at the same moment must not come back at the same moment.
const JITTER = 0.25;

/** Waits between attempts to connect: 1 s, doubling to 60 s, each off by up to a quarter. */
export class Backoff {
  readonly #random: Random;
  #nextMs = FIRST_MS;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The wait before the next attempt in whole milliseconds, never below one second. */
  next(): number {
    const base = this.#nextMs;
    this.#nextMs = Math.min(2 * base, LONGEST_MS);
    const offset = (randomU32(this.#random) / 2 ** 31 - 1) * JITTER;
    return Math.max(FIRST_MS, Math.round(base * (1 + offset)));
  }

  /** The connection held: the next trouble starts at one second again. */
  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}
