/**
 * Counts the shares of one connection whose verdicts are not there yet, and says when there is room
 * for more. While there is none its reader waits, so that a peer that sends faster than solutions can be
 * checked is slowed by TCP: none of its shares is refused, and none gathers in memory.
 */
export class PendingVerdicts {
  readonly #max: number;
  #count = 0;
  #abandoned = false;
  #room: PromiseWithResolvers<void> | undefined;

  /** @param max verdicts under way from which on the reader waits. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Verdicts under way. */
  get count(): number {
    return this.#count;
  }

  /** A share went to the verifier. */
  begin(): void {
    this.#count++;
  }

  /** Its verdict came. */
  end(): void {
    this.#count--;
    if (this.#count < this.#max) this.#open();
  }

  /** The connection has ended: nobody need wait any more. */
  abandon(): void {
    this.#abandoned = true;
    this.#open();
  }

  /** Resolves when there is room; undefined when there is some now. */
  room(): Promise<void> | undefined {
    if (this.#abandoned || this.#count < this.#max) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  #open(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
