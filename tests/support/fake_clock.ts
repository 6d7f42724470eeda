/** A clock that only a test moves; timers fire in the order of their time, then of their making. */
import type { Clock } from "../../src/base/mod.ts";

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  readonly #startMs: number;
  #elapsedMs = 0;
  #timers: Timer[] = [];

  /** @param startMs Unix time at the beginning. */
  constructor(startMs = 1_795_400_000_000) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that wait; 0 after everything was closed, or something leaks. */
  get pending(): number {
    return this.#timers.length;
  }

  /**
   * Moves time on. Before each timer and at the end everything that is ready to run has run, so
   * that what a timer starts may set timers within the same stretch.
   */
  async advance(delayMs: number): Promise<void> {
    const endMs = this.#elapsedMs + delayMs;
    for (;;) {
      await settle();
      const next = this.#timers
        .filter((timer) => timer.dueMs <= endMs)
        .reduce<Timer | undefined>(
          (a, b) => (a === undefined || b.dueMs < a.dueMs ? b : a),
          undefined,
        );
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      next.callback();
    }
    this.#elapsedMs = endMs;
    await settle();
  }
}

/** Lets all promises that can be settled without time or outside events be settled. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    });
  }
}
