import type { Clock } from "../../base/mod.ts";
import { RoundRobin } from "./_round_robin.ts";

/**
 * Does one piece of work per turn of the event loop, and one of each source in turn: when a thousand
 * clients connect at once, the frames of those who are in wait for one handshake at a time and not
 * for all of them, and a client waits for one handshake of each other network, not for all of a
 * network that floods. The number of pieces that wait is bounded by the handshakes under way.
 */
export class WorkTurns {
  readonly #clock: Clock;
  readonly #waiting = new RoundRobin<() => void>();
  #scheduled = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves or rejects with what `work` returns or throws when its turn has come.
   *
   * @param source whose work it is: a network of clients.
   */
  run<T>(source: string, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(source, () => {
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
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    this.#clock.after(0, () => {
      this.#scheduled = false;
      this.#waiting.take()?.();
      this.#schedule();
    });
  }
}
