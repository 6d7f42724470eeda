import { type Clock, type Logger, Outage, reasonOf, sleep } from "../../base/mod.ts";
import { HourCloser, ShareRetention } from "../books/mod.ts";
import type { Books } from "./books.ts";

/** What closing hours works with. */
export interface HourClosingModules {
  readonly books: Books;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called after each check, also when another process has closed the hour. */
  readonly checked: () => Promise<void>;
}

/** An hour that could not be closed is tried again after this time. */
const CLOSE_RETRY_MS = 60_000;

/** Between two pieces of old shares that are removed: the disk is there for new ones first. */
const REMOVAL_PAUSE_MS = 50;

/** Hours of an outage are one entry, so that a second check finds nothing: more would be a fault. */
const HOURS_PER_CHECK = 3;

/** Books the shares of each hour when it is over, and then removes those that are old enough. */
export class HourClosing {
  readonly #modules: HourClosingModules;
  readonly #closer: HourCloser;
  readonly #retention: ShareRetention;
  readonly #outage: Outage;
  #closing: Promise<void> | undefined;
  #removing: Promise<void> | undefined;
  #closed = false;
  #cancel: (() => void) | undefined;

  constructor(options: { readonly shareRetentionDays: number }, modules: HourClosingModules) {
    const { books: { database, shares: reader }, clock, logger } = modules;
    this.#modules = modules;
    this.#closer = new HourCloser({ database, reader, clock });
    this.#retention = new ShareRetention({ days: options.shareRetentionDays }, { database, clock });
    this.#outage = new Outage(logger, {
      level: "error",
      event: "hour_not_closed",
      begins: "could not book the shares of an hour; they stay as they are",
      endEvent: "hours_closed_again",
      ends: "hours of shares are booked again",
    });
  }

  /** True while hours cannot be booked, since more than one try. */
  get failing(): boolean {
    return this.#outage.isTold;
  }

  /** Closes hours that were missed, and from then on each when it is over. */
  run(): Promise<void> {
    this.#closing ??= this.#closeDue().finally(() => this.#closing = undefined);
    return this.#closing;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#closing;
    await this.#removing;
  }

  async #closeDue(): Promise<void> {
    const { clock, logger, checked } = this.#modules;
    let waitMs = CLOSE_RETRY_MS;
    try {
      for (let times = 0; times < HOURS_PER_CHECK; times++) {
        const closed = await this.#closer.closeDue();
        if (closed === undefined) break;
        logger.log("info", "hour_closed", "the shares of an hour are booked", {
          hour: new Date(closed.hour * 3_600_000).toISOString(),
          shares: closed.shares,
          miners: closed.miners,
          posted_zat: closed.postedZat,
        });
      }
      waitMs = Math.max(1_000, this.#closer.nextAtMs() - clock.now());
      this.#outage.succeeded();
    } catch (error) {
      this.#outage.failed(reasonOf(error));
    }
    await checked();
    if (this.#closed) return;
    // While hours cannot be closed, their shares stay as well, and nothing more is asked.
    if (this.#outage.failures === 0) {
      this.#removing ??= this.#removeOldShares().finally(() => this.#removing = undefined);
    }
    this.#cancel = clock.after(waitMs, () => void this.run());
  }

  /** Piece by piece; what fails is tried again after the next hour. */
  async #removeOldShares(): Promise<void> {
    const { clock, logger } = this.#modules;
    try {
      while (!this.#closed && (await this.#retention.removePiece()).more) {
        await sleep(clock, REMOVAL_PAUSE_MS);
      }
    } catch (error) {
      const message = `could not remove old shares; the next hour tries again: ${reasonOf(error)}`;
      logger.log("warn", "shares_not_removed", message);
    }
  }
}
