/** Lets a bounded number of calls run at a time and a bounded number wait for them, oldest first. */
export class Turns {
  readonly #atOnceMax: number;
  readonly #waitingMax: number;
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor(atOnceMax: number, waitingMax: number) {
    this.#atOnceMax = atOnceMax;
    this.#waitingMax = waitingMax;
  }

  /** Whether one more would have to be turned away. */
  get isFull(): boolean {
    return this.#running >= this.#atOnceMax && this.#waiting.size >= this.#waitingMax;
  }

  /** True when it is the caller's turn, which {@link end} ends; false when the signal came first. */
  begin(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.isFull) return Promise.resolve(false);
    if (this.#running < this.#atOnceMax) {
      this.#running++;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const begin = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve(true);
      };
      const giveUp = (): void => {
        this.#waiting.delete(begin);
        resolve(false);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.add(begin);
    });
  }

  /** The turn goes to the one that waits longest. */
  end(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
