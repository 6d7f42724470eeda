import type { Accounts } from "../../money/accounts/mod.ts";
import { reasonOf, sleep } from "../../base/mod.ts";
import type { BlockLedger } from "../../chain/chain_follower/mod.ts";
import type { Config } from "../config/mod.ts";
import {
  audit,
  BlockSettler,
  HourCloser,
  LedgerReports,
  LedgerStore,
  RunningHour,
  ShareReader,
  ShareRetention,
} from "../../money/books/mod.ts";
import { type SqlDatabase } from "../../platform/database/mod.ts";
import { sayTerms } from "./announcements.ts";
import { LiabilityGuard } from "./liability_guard.ts";
import { MoneyWatch } from "./money_watch.ts";
import { Payments } from "./payments.ts";
import { SettledBlocks } from "./settled_blocks.ts";
import type { TreasuryModules } from "./treasury_modules.ts";

/** What the desk works with. */
export interface LedgerDeskModules extends TreasuryModules {
  readonly database: SqlDatabase;
  readonly accounts: Accounts;
}

/** An hour that could not be closed is tried again so soon. */
const CLOSE_RETRY_MS = 60_000;

/** Between two pieces of old shares that are removed: the disk is there for new ones first. */
const REMOVAL_PAUSE_MS = 50;

/** The audit reads the whole journal: once a day, and not while everybody connects at the start. */
const AUDIT_MS = 24 * 3_600_000;
const FIRST_AUDIT_MS = 10 * 60_000;

/** Hours of an outage are one entry, so that a second look finds nothing: more would be a fault. */
const HOURS_PER_LOOK = 3;

/** The ledger of a running pool: hours are closed, blocks divided, miners paid, limits kept. */
export class LedgerDesk {
  readonly accounts: Accounts;
  /** What follows found blocks through the chain moves their money by this. */
  readonly blocks: BlockLedger;
  readonly watch: MoneyWatch;
  readonly guard: LiabilityGuard;
  readonly payments: Payments;
  readonly reports: LedgerReports;
  readonly #closer: HourCloser;
  readonly #retention: ShareRetention;
  readonly #modules: LedgerDeskModules;
  #closing: Promise<void> | undefined;
  #removing: Promise<void> | undefined;
  #auditing: Promise<void> | undefined;
  #cancelAudit: (() => void) | undefined;
  #closed = false;
  #cancel: (() => void) | undefined;

  private constructor(config: Config, modules: LedgerDeskModules, payments: Payments) {
    const { database, clock, logger, metrics, writer } = modules;
    const reader = new ShareReader(database);
    const hour = new RunningHour({ database, reader });
    this.#modules = modules;
    this.accounts = modules.accounts;
    this.payments = payments;
    this.reports = new LedgerReports(database);
    this.blocks = new SettledBlocks({
      settler: new BlockSettler({ database, reader, clock }),
      // A block takes the shares up to its own: these have to be written.
      flush: () => writer.flush(),
      settled: () => this.watch.blockSettled(),
    });
    this.#closer = new HourCloser({ database, reader, clock });
    this.#retention = new ShareRetention(
      { days: config.database.shareRetentionDays },
      { database, clock },
    );
    this.watch = new MoneyWatch({
      reports: this.reports,
      openCredits: async () => {
        await hour.look();
        return { picoZat: hour.totalPicoZat, closedThrough: hour.closedThrough };
      },
      clock,
      logger,
      metrics,
    });
    const { liabilityCapZat, reserveFloorZat, scheme } = config.payout;
    // Only pay per share owes for what no block has brought yet.
    const limits = scheme === "pps"
      ? {
        ...(liabilityCapZat === undefined ? {} : { capZat: liabilityCapZat }),
        ...(reserveFloorZat === undefined ? {} : { floorZat: reserveFloorZat }),
      }
      : {};
    this.guard = new LiabilityGuard(limits, {
      clock,
      logger,
      owed: async () => (await this.watch.read()).liabilityZat,
      spendable: () => payments.spendableZat(),
      limit: (atCap) => {
        metrics.atCap.set(atCap ? 1 : 0);
        this.#limit(atCap);
      },
    });
  }

  #limit: (atCap: boolean) => void = () => {};

  /**
   * Opens the ledger: the configured terms hold from now on, the configured wallet pays.
   *
   * @throws {PayoutError} `mode` while money is reserved for another wallet; {StorageError}.
   */
  static async open(config: Config, modules: LedgerDeskModules): Promise<LedgerDesk> {
    const { database, clock, random, logger, accounts, nodes } = modules;
    const ledger = new LedgerStore(database);
    const { scheme, poolFeePpm: feePpm, pplnsWindow, pplnsWindowUnit } = config.payout;
    const former = await ledger.lastEpoch();
    const terms = { scheme, feePpm, pplnsWindow, pplnsWindowUnit };
    const epoch = await ledger.beginEpoch(terms, clock.now());
    if (epoch.number !== former?.number) sayTerms(logger, epoch, former);
    const payments = await Payments.open(config, {
      ...{ database, ledger, accounts, nodes, clock, random, logger },
      metrics: modules.metrics.payouts,
    });
    return new LedgerDesk(config, modules, payments);
  }

  /** Begins to close hours, to watch and to pay; hours that were missed are closed first. */
  async run(limit: (atCap: boolean) => void): Promise<void> {
    this.#limit = limit;
    await this.#closeHours();
    // Not waited for: with a floor it asks the wallet, which may take its time.
    void this.guard.run();
    await this.watch.run();
    this.payments.run();
    this.#auditIn(FIRST_AUDIT_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    this.#cancelAudit?.();
    await this.guard.close();
    await this.#auditing;
    await this.#closing;
    await this.#removing;
    await this.watch.close();
    await this.payments.close();
  }

  #auditIn(delayMs: number): void {
    if (this.#closed) return;
    this.#cancelAudit = this.#modules.clock.after(delayMs, () => {
      this.#auditing = this.#audit().finally(() => this.#auditIn(AUDIT_MS));
    });
  }

  /** What does not hold stops the payments, not the mining. */
  async #audit(): Promise<void> {
    const { database, clock, logger, metrics } = this.#modules;
    try {
      const reader = new ShareReader(database);
      const { invariants } = await audit({ hours: 1 }, { database, reader, clock });
      const broken = invariants.filter(({ holds }) => !holds);
      metrics.invariantFaults.set(broken.length);
      if (broken.length === 0) return logger.log("info", "ledger_audited", "the ledger holds");
      const names = broken.map(({ name }) => name).join(", ");
      for (const { name, faults } of broken) {
        logger.log("error", "ledger_broken", `${name}: ${faults.join("; ")}`);
      }
      await this.payments.pause(`the audit found what does not hold: ${names}`);
    } catch (error) {
      logger.log("warn", "ledger_not_audited", `the audit could not be ended: ${reasonOf(error)}`);
    }
  }

  #closeHours(): Promise<void> {
    this.#closing ??= this.#closeDue().finally(() => this.#closing = undefined);
    return this.#closing;
  }

  /** Old shares go after their hours are closed, piece by piece. */
  #removeOldShares(): Promise<void> {
    this.#removing ??= this.#removeAll().finally(() => this.#removing = undefined);
    return this.#removing;
  }

  async #removeAll(): Promise<void> {
    const { clock, logger } = this.#modules;
    try {
      while (!this.#closed && (await this.#retention.removePiece()).more) {
        await sleep(clock, REMOVAL_PAUSE_MS);
      }
    } catch (error) {
      logger.log(
        "warn",
        "shares_not_removed",
        `old shares could not be removed, the next hour tries again: ${reasonOf(error)}`,
      );
    }
  }

  async #closeDue(): Promise<void> {
    const { clock, logger } = this.#modules;
    let waitMs = CLOSE_RETRY_MS;
    try {
      for (let times = 0; times < HOURS_PER_LOOK; times++) {
        const closed = await this.#closer.closeDue();
        if (closed === undefined) break;
        logger.log("info", "hour_closed", `the shares of an hour are booked`, {
          hour: new Date(closed.hour * 3_600_000).toISOString(),
          shares: closed.shares,
          miners: closed.miners,
          posted_zat: closed.postedZat,
        });
      }
      waitMs = Math.max(1_000, this.#closer.nextAtMs() - clock.now());
    } catch (error) {
      logger.log(
        "error",
        "hour_not_closed",
        `the shares of an hour could not be booked, they stay as they are: ${reasonOf(error)}`,
      );
    }
    // Also when another process has closed the hour, or nothing was to be closed at the start.
    await this.watch.hourClosed();
    if (this.#closed) return;
    void this.#removeOldShares();
    this.#cancel = clock.after(waitMs, () => void this.#closeHours());
  }
}
