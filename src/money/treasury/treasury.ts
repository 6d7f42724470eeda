import type { Clock, Logger } from "../../base/mod.ts";
import { ChainFollower, type ChainNode } from "../../chain/chain_follower/mod.ts";
import { BlockSettler } from "../books/mod.ts";
import type { PayoutStatus } from "../payouts/mod.ts";
import type { RecordWriter } from "../records/mod.ts";
import type { Books } from "./books.ts";
import { CoinbasePayments, type CoinbasePaymentsOptions } from "./coinbase_payments.ts";
import { DailyAudit } from "./daily_audit.ts";
import { HourClosing } from "./hour_closing.ts";
import { LiabilityGuard, type LiabilityLimits } from "./liability_guard.ts";
import type { Luck } from "./luck_report.ts";
import type { MoneyMetrics } from "./metrics.ts";
import { type MoneyTerms, type MoneyWarning, moneyWarnings } from "./money_warnings.ts";
import { type MoneyFigures, MoneyWatch } from "./money_watch.ts";
import { type OrphanRate, orphanRateOf } from "./orphan_rate.ts";
import { Payments, type PaymentsOptions } from "./payments.ts";
import { SettledBlocks } from "./settled_blocks.ts";
import { beginTerms, type Terms } from "./terms.ts";

/** What the operator decided about money. */
export interface TreasuryOptions {
  /** Shares are credited by these from the start on. */
  readonly terms: Terms;
  /** What there may be something to warn of. */
  readonly warned: MoneyTerms;
  /** Confirmations at which a reward is due. */
  readonly coinbaseMaturity: number;
  readonly shareRetentionDays: number;
  readonly limits: LiabilityLimits;
  readonly payments: PaymentsOptions;
  readonly coinbases: CoinbasePaymentsOptions;
}

/** What the treasury works with. */
export interface TreasuryModules {
  readonly books: Books;
  readonly writer: Pick<RecordWriter, "flush" | "forgetProofs">;
  /** The nodes as the search for found blocks uses them. */
  readonly chainNodes: readonly ChainNode[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MoneyMetrics;
}

/** What an operator sees of the money at a glance. */
export interface TreasuryStatus {
  /** Undefined before the first look. */
  readonly figures: MoneyFigures | undefined;
  /** The pool's luck of the last 7 days, by hours that are closed. */
  readonly luck: Luck | undefined;
  /** Undefined before one block was to be expected. */
  readonly luckRatio: number | undefined;
  /** Miners who found so few blocks as hardly happens. */
  readonly suspects: readonly string[];
  /** True while paid work is refused. */
  readonly atCap: boolean;
  /** Undefined where nobody pays. */
  readonly payments: PayoutStatus | undefined;
}

/** A proof's replay is refused as stale long before its parent is so deep. */
const PROOFS_KEPT_BLOCKS = 100;

/**
 * Keeps a pool's books moving, from the accepted share to the zatoshi on the chain: hours are closed,
 * found blocks followed and divided, miners paid, limits and invariants watched.
 */
export class Treasury {
  readonly #options: TreasuryOptions;
  readonly #modules: TreasuryModules;
  readonly #hours: HourClosing;
  readonly #follower: ChainFollower;
  readonly #coinbases: CoinbasePayments;
  readonly #watch: MoneyWatch;
  readonly #guard: LiabilityGuard;
  readonly #payments: Payments;
  readonly #audit: DailyAudit;
  #limit: (atCap: boolean) => void = () => {};
  #warnings: readonly MoneyWarning[];

  private constructor(
    options: TreasuryOptions,
    modules: TreasuryModules,
    { payments, rate }: { readonly payments: Payments; readonly rate: OrphanRate },
  ) {
    const { books, writer, chainNodes: nodes, clock, logger, metrics } = modules;
    this.#options = options;
    this.#modules = modules;
    this.#payments = payments;
    this.#warnings = moneyWarnings(options.warned, rate);
    this.#watch = new MoneyWatch({ books, clock, logger, metrics });
    this.#hours = new HourClosing(options, {
      ...{ books, clock, logger },
      checked: () => this.#watch.hourClosed(),
    });
    const settler = new BlockSettler({ database: books.database, reader: books.shares, clock });
    const blocks = new SettledBlocks({
      settler,
      flush: () => writer.flush(),
      settled: () => this.#watch.blockSettled(),
    });
    this.#follower = new ChainFollower({ maturity: options.coinbaseMaturity }, {
      ...{ nodes, clock, logger, ledger: blocks },
      metrics: metrics.follower,
    });
    this.#coinbases = new CoinbasePayments(options.coinbases, {
      books,
      settler,
      blocks,
      clock,
      logger,
    });
    this.#guard = new LiabilityGuard(options.limits, {
      ...{ clock, logger },
      owed: async () => (await this.#watch.read()).liabilityZat,
      spendable: () => books.spendableZat(),
      limit: (atCap) => {
        metrics.atCap.set(atCap ? 1 : 0);
        this.#limit(atCap);
      },
    });
    this.#audit = new DailyAudit({
      ...{ clock, logger },
      faults: metrics.invariantFaults,
      audit: (hours) => books.audit(hours),
      pausePayments: (reason) => books.paymentOperator().pause({ actor: "pool", reason }),
    });
  }

  /**
   * Opens everything: the configured terms hold from now on, the configured wallet pays. No money
   * moves before {@link run}.
   *
   * @throws {PayoutError} `mode` while money is reserved for another wallet; {StorageError}.
   */
  static async open(options: TreasuryOptions, modules: TreasuryModules): Promise<Treasury> {
    const { books, clock, logger } = modules;
    await beginTerms(options.terms, { ledger: books.ledger, logger, nowMs: clock.now() });
    const rate = await orphanRateOf(books.store);
    // Last: it listens for an external payer, which nobody would close if another step failed.
    const payments = await Payments.open(options.payments, { books, logger });
    return new Treasury(options, modules, { payments, rate });
  }

  /** What the operator has to know, as of the start. */
  get warnings(): readonly MoneyWarning[] {
    return this.#warnings;
  }

  get status(): TreasuryStatus {
    const { figures, luck, luckRatio, suspects } = this.#watch;
    const { atCap } = this.#guard;
    return { figures, luck, luckRatio, suspects, atCap, payments: this.#payments.status };
  }

  /**
   * What of the money stands still, as sentences for a health report. Shares may be written well
   * while what is written cannot be read.
   */
  get standstills(): readonly string[] {
    return [
      ...this.#follower.failing ? ["found blocks cannot be credited"] : [],
      ...this.#hours.failing ? ["hours of shares cannot be booked"] : [],
      ...this.#watch.failing ? ["the ledger cannot be read"] : [],
    ];
  }

  /** Divides coinbases, and settles what divided ones have paid. */
  get coinbases(): CoinbasePayments {
    return this.#coinbases;
  }

  /** Where an external payer finds its interface; undefined in the other modes. */
  get settlementAddress(): Payments["settlementAddress"] {
    return this.#payments.settlementAddress;
  }

  /**
   * Begins; hours that were missed are closed first.
   *
   * @param limit stops paid work at the cap, and lets it go on.
   */
  async run(limit: (atCap: boolean) => void): Promise<void> {
    this.#limit = limit;
    await this.#hours.run();
    // Not waited for: with a floor it asks the wallet, which may take its time.
    void this.#guard.run();
    await this.#watch.run();
    this.#payments.run();
    this.#audit.run();
  }

  /** There is work on a new parent. @param height of the block that is worked on. */
  parentChanged(height: number): void {
    this.#follower.tipChanged();
    this.#modules.writer.forgetProofs(Math.max(0, height - PROOFS_KEPT_BLOCKS));
    void this.#judgeFee();
  }

  /** After a time in which no node was, some node is usable again: what waited for it goes on. */
  nodeUsable(): void {
    this.#follower.tipChanged();
    this.#payments.wake();
  }

  /** Waits for what is under way and begins nothing more. */
  async close(): Promise<void> {
    await this.#follower.close();
    await this.#guard.close();
    await this.#audit.close();
    await this.#hours.close();
    await this.#watch.close();
    await this.#payments.close();
  }

  /** The pool's own rate of lost blocks changes with each block; the warning follows it. */
  async #judgeFee(): Promise<void> {
    try {
      const rate = await orphanRateOf(this.#modules.books.store);
      this.#warnings = moneyWarnings(this.#options.warned, rate);
    } catch {
      // The writer of records reports that the database is unreachable; the last warnings stay.
    }
  }
}
