import type { LogFields, Logger } from "../../base/mod.ts";

/** Reasons of one wait that are remembered; more would be a message that never reads the same. */
const REASONS_MAX = 100;

/**
 * Why payments wait: said once for each reason, however many turns meet it, and once when a turn has
 * met none.
 */
export class WaitNotice {
  readonly #logger: Logger;
  readonly #told = new Set<string>();
  #reason: string | undefined;
  #met = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The reason that was met last; undefined while payments do not wait. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** A turn begins. */
  begin(): void {
    this.#met = false;
  }

  /**
   * @param message what it means for the payments.
   * @param met where it was met; others are not told for the same reason.
   */
  meet(message: string, reason: string, met: LogFields = {}): void {
    this.#met = true;
    this.#reason = reason;
    if (this.#told.has(reason)) return;
    if (this.#told.size >= REASONS_MAX) this.#told.clear();
    this.#told.add(reason);
    this.#logger.log("warn", "payouts_wait", message, { ...met, reason });
  }

  /** A turn has come to its end. */
  end(): void {
    if (this.#met || this.#reason === undefined) return;
    this.#reason = undefined;
    this.#told.clear();
    this.#logger.log("info", "payouts_wait_over", "What payments waited for is over.");
  }
}
