/**
 * A bounded queue between a synchronous producer and an asynchronous consumer that takes all that
 * has gathered at once, so that awaiting happens per batch and not per item.
 */
export class BoundedQueue<T> implements AsyncIterable<T[]> {
  readonly #capacity: number;
  #items: T[] = [];
  #closed = false;
  #wake: (() => void) | undefined;

  /** @param capacity how many items may wait; {@link offer} refuses more. */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(
        `Cannot make a queue: capacity of at least 1 expected, received ${capacity}`,
      );
    }
    this.#capacity = capacity;
  }

  /** Items that wait now. */
  get size(): number {
    return this.#items.length;
  }

  /** The bound given at construction. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Adds an item; false when the queue is full or closed, and then nothing was added. */
  offer(item: T): boolean {
    if (this.#closed || this.#items.length >= this.#capacity) return false;
    this.#items.push(item);
    this.#notify();
    return true;
  }

  /** No more items are taken; what waits is still handed out, then iteration ends. */
  close(): void {
    this.#closed = true;
    this.#notify();
  }

  /** Hands out batches, each of at least one item, in order. One consumer at a time. */
  async *[Symbol.asyncIterator](): AsyncIterator<T[]> {
    for (;;) {
      if (this.#items.length > 0) {
        const batch = this.#items;
        this.#items = [];
        yield batch;
      } else if (this.#closed) {
        return;
      } else {
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    }
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
