/** What is seen, with the moment of its coming; a test that runs in real time waits for the next. */

/** Long enough for a busy machine; a test that needs more says so. */
const LIMIT_MS = 20_000;

/** One thing that was seen. */
export interface Seen<T> {
  readonly value: T;
  /** `performance.now()` */
  readonly at: number;
}

/** Keeps everything in order and lets a test wait for what it wants. */
export class EventLog<T> {
  readonly seen: Seen<T>[] = [];
  readonly #waiters = new Set<() => void>();
  readonly #describe: (value: T) => string;
  #next = 0;
  #failure: { readonly reason: unknown } | undefined;

  /** @param describe how a value looks in the message of a wait that was in vain. */
  constructor(describe: (value: T) => string) {
    this.#describe = describe;
  }

  add(value: T): void {
    this.seen.push({ value, at: performance.now() });
    for (const waiter of this.#waiters) waiter();
  }

  /** Nothing more will come: whoever waits for it gets the reason. */
  fail(reason: unknown): void {
    this.#failure = { reason };
    for (const waiter of this.#waiters) waiter();
  }

  /** What comes from now on is the next. */
  skip(): void {
    this.#next = this.seen.length;
  }

  /**
   * The next value for which `wanted` holds; those before it are passed over.
   *
   * @throws when none comes within the limit, or the reason of {@link fail}.
   */
  async next(
    what: string,
    wanted: (value: T) => boolean,
    limitMs = LIMIT_MS,
  ): Promise<Seen<T>> {
    const deadline = performance.now() + limitMs;
    const from = this.#next;
    for (;;) {
      while (this.#next < this.seen.length) {
        const item = this.seen[this.#next++];
        if (item !== undefined && wanted(item.value)) return item;
      }
      if (this.#failure !== undefined) throw this.#failure.reason;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        const seen = this.seen.slice(from).map(({ value }) => this.#describe(value)).join("\n");
        throw new Error(`no ${what} within ${limitMs} ms; seen meanwhile:\n${seen}`);
      }
      await this.#more(leftMs);
    }
  }

  #more(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, limitMs);
      this.#waiters.add(finish);
    });
  }
}
