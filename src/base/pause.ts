import type { Clock } from "./clock.ts";

/** A wait of one loop that can be cut short, without a signal for every turn. */
export class Pause {
  readonly #clock: Clock;
  #finish: (() => void) | undefined;
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `delayMs`, at {@link wake}, or at once after {@link end}. */
  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = delayMs === Infinity
        ? () => {}
        : this.#clock.after(delayMs, () => this.wake());
      this.#finish = () => {
        cancel();
        resolve();
      };
      if (this.#ended) this.wake();
    });
  }

  wake(): void {
    this.#finish?.();
    this.#finish = undefined;
  }

  /** No wait from now on. */
  end(): void {
    this.#ended = true;
    this.wake();
  }
}
