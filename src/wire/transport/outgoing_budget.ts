import { QUEUED_BYTES_TOTAL_MAX } from "./limits.ts";

/** A connection on which bytes wait to be written. */
export interface SlowReader {
  /** Plain bytes that wait. */
  readonly queuedBytes: number;
  /** Ends the connection at once and forgets what waits. */
  giveUp(): void;
}

/**
 * Bounds what waits to be written on all connections together: strangers that open many connections and
 * read none of them hold memory within each one's own bound. Beyond the total the connection on which
 * most waits is closed: one that reads has little waiting.
 */
export class OutgoingBudget {
  readonly #max: number;
  /** Those on which something waits. */
  readonly #readers = new Set<SlowReader>();
  #total = 0;

  /** @param max bytes. */
  constructor(max: number = QUEUED_BYTES_TOTAL_MAX) {
    this.#max = max;
  }

  /** Bytes that wait. */
  get total(): number {
    return this.#total;
  }

  /** More bytes wait, or fewer. */
  changed(reader: SlowReader, by: number): void {
    this.#total += by;
    if (reader.queuedBytes > 0) this.#readers.add(reader);
    else this.#readers.delete(reader);
    while (this.#total > this.#max) {
      const slowest = this.#slowest();
      if (slowest === undefined) return;
      this.#readers.delete(slowest);
      slowest.giveUp();
    }
  }

  #slowest(): SlowReader | undefined {
    let slowest: SlowReader | undefined;
    for (const reader of this.#readers) {
      if (slowest === undefined || reader.queuedBytes > slowest.queuedBytes) slowest = reader;
    }
    return slowest;
  }
}
