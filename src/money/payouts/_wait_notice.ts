import type { LogFields, Logger } from "../../base/mod.ts";
import type { RpcError } from "../../platform/rpc/mod.ts";

/**
 * Why payments wait: logged once for each kind of trouble, however many turns meet it and however
 * its words change, and once when a turn has met none.
 */
export class WaitNotice {
  readonly #logger: Logger;
  readonly #logged = new Set<string>();
  #reason: string | undefined;
  #met = false;
  #turns = 0;

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
   * @param fields where it was met; others are not logged for the same kind.
   */
  meet(message: string, { code, message: reason }: RpcError, fields: LogFields = {}): void {
    if (!this.#met) this.#turns++;
    this.#met = true;
    this.#reason = reason;
    // Node and wallet with a dozen kinds each: the set has a bound.
    if (this.#logged.has(code)) return;
    this.#logged.add(code);
    this.#logger.log("warn", "payouts_wait", message, { ...fields, reason });
  }

  /** A turn has come to its end. */
  end(): void {
    if (this.#met || this.#reason === undefined) return;
    this.#logger.log("info", "payouts_wait_over", "payments no longer wait", {
      turns: this.#turns,
    });
    this.#reason = undefined;
    this.#turns = 0;
    this.#logged.clear();
  }
}
