import type { Logger } from "./log.ts";

/** The lines of one outage; each event has one meaning, so that alerts can hang on it. */
export interface OutageEvents {
  readonly failing: string;
  readonly recovered: string;
  /** What fails, as the beginning of a sentence: `payments`. */
  readonly subject: string;
}

/**
 * What is logged of something that is tried again and again: its first failure as a warning, because
 * a single lost connection heals; the second in a row as an error; nothing for those after it; and
 * the end with their number.
 */
export class Outage {
  readonly #events: OutageEvents;
  readonly #logger: Logger;
  #failures = 0;

  constructor(events: OutageEvents, logger: Logger) {
    this.#events = events;
    this.#logger = logger;
  }

  /** Failures in a row; 0 while it works. */
  get failures(): number {
    return this.#failures;
  }

  failed(reason: string): void {
    this.#failures++;
    const { failing, subject } = this.#events;
    if (this.#failures === 1) {
      this.#logger.log("warn", failing, `${subject} failed; it is tried again`, { reason });
    } else if (this.#failures === 2) {
      this.#logger.log("error", failing, `${subject} failed again; retrying until it works`, {
        reason,
      });
    }
  }

  worked(): void {
    if (this.#failures === 0) return;
    const { recovered, subject } = this.#events;
    this.#logger.log("info", recovered, `${subject} works again`, { failures: this.#failures });
    this.#failures = 0;
  }
}
