import type { Clock } from "../../base/mod.ts";

/**
 * Does one piece of work per turn of the event loop, first come, first served: when a thousand
 * clients connect at once, the frames of those who are in wait for one handshake at a time and not
 * for all of them. The number of pieces that wait is bounded by the handshakes under way.
 */
export class WorkTurns {
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];
  #scheduled = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves or rejects with what `work` returns or throws when its turn has come. */
  run<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    this.#clock.after(0, () => {
      this.#scheduled = false;
      this.#waiting.shift()?.();
      this.#schedule();
    });
  }
}
