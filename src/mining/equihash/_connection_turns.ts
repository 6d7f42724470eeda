import { SourceLengths } from "./_source_lengths.ts";

/** The items of one network; its connections take turns. */
export class ConnectionTurns<T> {
  /** The order of the keys is the order of the turns. */
  readonly #connections = new Map<number, T[]>();
  readonly #lengths = new SourceLengths<number>();
  #size = 0;

  /** Items of all its connections. */
  get size(): number {
    return this.#size;
  }

  /** Adds an item. */
  add(connection: number, item: T): void {
    const own = this.#connections.get(connection) ?? [];
    own.push(item);
    this.#connections.set(connection, own);
    this.#lengths.move(connection, own.length - 1, own.length);
    this.#size++;
  }

  /**
   * Adds an item in the place of another one.
   *
   * @returns the item that has no place then: the newest of a connection that has more, or this one.
   */
  exchange(connection: number, item: T): T {
    const own = this.#connections.get(connection)?.length ?? 0;
    // Only where the other connection still has at least as many afterwards.
    if (this.#lengths.greatest <= own + 1) return item;
    const displaced = this.takeNewest();
    this.add(connection, item);
    return displaced;
  }

  /** Takes the newest item of a connection that has most; the connection keeps its turn. */
  takeNewest(): T {
    const connection = this.#lengths.longest();
    const own = connection === undefined ? undefined : this.#connections.get(connection);
    const newest = own?.pop();
    if (connection === undefined || own === undefined || newest === undefined) {
      throw new RangeError("Cannot take the newest item: none waits");
    }
    if (own.length === 0) this.#connections.delete(connection);
    this.#removed(connection, own.length);
    return newest;
  }

  /** Takes the first item of the connection whose turn it is. */
  takeTurn(): T {
    for (const [connection, own] of this.#connections) {
      this.#connections.delete(connection);
      const item = own.shift() as T;
      if (own.length > 0) this.#connections.set(connection, own);
      this.#removed(connection, own.length);
      return item;
    }
    throw new RangeError("Cannot take a turn: nothing waits");
  }

  #removed(connection: number, left: number): void {
    this.#lengths.move(connection, left + 1, left);
    this.#size--;
  }
}
