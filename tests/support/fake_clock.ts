import { setImmediate } from "node:timers";
import type { Clock } from "../../src/base/mod.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  #monotonic = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  /** @param startMs Unix milliseconds at the start. */
  constructor(startMs = 1_790_000_000_000) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#monotonic + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Sets the time of day forward, or back; no time passes by that. */
  jump(byMs: number): void {
    this.#now += byMs;
  }

  /** Time passes in which the program does not run: what became due meanwhile fires late. */
  standStill(forMs: number): void {
    this.#moveTo(this.#monotonic + forMs);
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time and fires what is due, in order, letting promises run after each timer. */
  async advance(byMs: number): Promise<void> {
    const end = this.#monotonic + byMs;
    await settle();
    for (;;) {
      const due = this.#nextUntil(end);
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#moveTo(Math.max(due.at, this.#monotonic));
      due.callback();
      await settle();
    }
    this.#moveTo(end);
    await settle();
  }

  #moveTo(monotonic: number): void {
    this.#now += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }

  #nextUntil(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (
        next === undefined || timer.at < next.at ||
        (timer.at === next.at && timer.order < next.order)
      ) next = timer;
    }
    return next;
  }
}

/** Lets everything run that waits for a resolved promise. */
export async function settle(): Promise<void> {
  // A macrotask runs after all microtasks that are queued by then; some chains need a few turns.
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
