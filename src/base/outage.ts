import type { Logger } from "./log.ts";

/** How an outage stands in the log. */
export interface OutageWords {
  readonly level: "info" | "warn" | "error";
  /** Event and sentence of the line that it begins with; the reason follows behind a colon. */
  readonly event: string;
  readonly begins: string;
  /** Event and sentence of the line at level `info` that it ends with. */
  readonly endEvent: string;
  readonly ends: string;
  /** Failures in a row before the first line; 2 unless given: one lost connection is no outage. */
  readonly patience?: number;
}

/**
 * Work that is tried again and again and fails: the log has one line when that begins and one when
 * it is over, with the number of failures between; each single failure is a line at level `debug`.
 */
export class Outage {
  readonly #logger: Logger;
  readonly #words: OutageWords;
  #failures = 0;

  constructor(logger: Logger, words: OutageWords) {
    this.#logger = logger;
    this.#words = words;
  }

  /** Failures in a row; 0 while all is well. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * The wait before the next try of work that is done every `everyMs`: doubled with each failure in a
   * row up to `maxMs`, so that what is away is not hammered.
   */
  nextTryMs(everyMs: number, maxMs: number): number {
    return Math.min(everyMs * 2 ** this.#failures, maxMs);
  }

  /** True from the line that it begins with to the one that it ends with. */
  get isTold(): boolean {
    return this.#failures >= this.#patience;
  }

  /** A try has failed. */
  failed(reason: string): void {
    const { level, event, begins } = this.#words;
    this.#failures++;
    const isNews = this.#failures === this.#patience;
    this.#logger.log(isNews ? level : "debug", event, `${begins}: ${reason}`);
  }

  /** A try has succeeded. */
  succeeded(): void {
    const { endEvent, ends } = this.#words;
    if (this.isTold) this.#logger.log("info", endEvent, ends, { failures: this.#failures });
    this.#failures = 0;
  }

  get #patience(): number {
    return this.#words.patience ?? 2;
  }
}
