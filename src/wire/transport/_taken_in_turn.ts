import { BoundedQueue } from "../../base/mod.ts";
import type { Connection } from "./connection.ts";

/** Why a connection is closed that nobody serves. */
const NOT_TAKEN = "the server takes no connections";

/** Connections of one kind between the listener that made them and whoever serves them. */
export class TakenInTurn<C extends Connection<unknown>> {
  readonly #queue: BoundedQueue<C>;
  readonly #untaken = new Set<C>();

  /** @param capacity connections that may wait. */
  constructor(capacity: number) {
    this.#queue = new BoundedQueue(capacity);
  }

  /**
   * Takes a connection, or closes it: the queue refuses when it is closed, or when nobody has taken
   * one for such a time that those who gave up waiting fill it.
   */
  add(connection: C): void {
    this.#untaken.add(connection);
    void connection.closed.then(() => this.#untaken.delete(connection));
    if (!this.#queue.offer(connection)) connection.close(NOT_TAKEN);
  }

  /** Hands them out, in order; to be iterated once. Ends when it is closed. */
  async *take(): AsyncGenerator<C, void> {
    for await (const batch of this.#queue) {
      for (const connection of batch) {
        this.#untaken.delete(connection);
        yield connection;
      }
    }
  }

  /** Hands out nothing more. */
  close(): void {
    this.#queue.close();
  }

  /** Closes those that nobody has taken. */
  async closeUntaken(): Promise<void> {
    const untaken = [...this.#untaken];
    for (const connection of untaken) connection.close(NOT_TAKEN);
    await Promise.all(untaken.map((connection) => connection.closed));
  }
}
