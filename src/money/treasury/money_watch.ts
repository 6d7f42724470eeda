import { type Clock, type Logger, Outage, reasonOf } from "../../base/mod.ts";
import { BLOCK_STATES } from "../../chain/blocks/mod.ts";
import { PICO_PER_ZAT } from "../ledger/mod.ts";
import type { LedgerReports, MinerExpectation, RunningHour } from "../books/mod.ts";
import { type Luck, luckOf } from "./luck_report.ts";
import { MONEY_ACCOUNTS, type MoneyMetrics } from "./metrics.ts";

/** What the watch works with. */
export interface MoneyWatchModules {
  readonly books: {
    readonly reports: LedgerReports;
    readonly runningHour: Pick<RunningHour, "refresh" | "totalPicoZat" | "closedThrough">;
  };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MoneyMetrics;
}

/** What is owed and held, as of the last poll. Zatoshis. */
export interface MoneyFigures {
  readonly immatureZat: bigint;
  readonly availableZat: bigint;
  readonly reservedZat: bigint;
  readonly paidZat: bigint;
  /** Shares that no closed hour covers yet. */
  readonly openZat: bigint;
  /** All that is owed to miners. */
  readonly liabilityZat: bigint;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** Prometheus asks every 15 s, as a rule. */
const POLL_MS = 15_000;
/** The longest pause while the ledger cannot be read. */
const AWAY_MS = 60_000;
/** Reads shares and ledger until both are of one moment. */
const READS_MAX = 3;
/** Luck is a sum over every hour of a week: many blocks at once are one reading. */
const LUCK_PAUSE_MS = 60_000;
const WEEK_MS = 7 * 24 * 3_600_000;
/** A suspect is named in the log once a day. */
const NAMED_MS = 24 * 3_600_000;
/** Miners compared by one statement; SQLite holds the event loop meanwhile. */
const MINERS_PER_PAGE = 200;
/** Named miners that are remembered; more would be a fault of the test, not of that many miners. */
const NAMED_MAX = 1_000;

/** Keeps figures of the ledger at hand for metrics, status and limits, and searches for withheld blocks. */
export class MoneyWatch {
  readonly #modules: MoneyWatchModules;
  readonly #outage: Outage;
  readonly #named = new Map<string, number>();
  #figures: MoneyFigures | undefined;
  #luck: Luck | undefined;
  /** Monotonic milliseconds. */
  #luckAt = -Infinity;
  #luckIsOld = true;
  #suspects: readonly string[] = [];
  #reading: Promise<MoneyFigures> | undefined;
  #closed = false;
  #cancels: (() => void)[] = [];

  constructor(modules: MoneyWatchModules) {
    this.#modules = modules;
    this.#outage = new Outage(modules.logger, {
      level: "warn",
      event: "ledger_unreadable",
      begins: "could not read the ledger",
      endEvent: "ledger_readable",
      ends: "the ledger can be read again",
    });
  }

  /** True while the ledger cannot be read, since more than one try. */
  get failing(): boolean {
    return this.#outage.isTold;
  }

  /** As of the last poll; undefined before the first. */
  get figures(): MoneyFigures | undefined {
    return this.#figures;
  }

  /** The pool's luck of the last 7 days, by hours that are closed. */
  get luck(): Luck | undefined {
    return this.#luck;
  }

  /**
   * Found by expected blocks of the last 7 days; undefined before one block was to be expected: none
   * found is no bad luck then, and one no good luck.
   */
  get luckRatio(): number | undefined {
    return this.#luck === undefined || this.#luck.expected < 1 ? undefined : this.#luck.ratio;
  }

  /** Miners who found so few blocks as hardly happens. */
  get suspects(): readonly string[] {
    return this.#suspects;
  }

  /** Polls now, and from then on by itself; what is counted by hours waits for {@link hourClosed}. */
  run(): Promise<void> {
    return this.#repeat(POLL_MS, () => this.#poll());
  }

  /** An hour of shares is booked, by this process or another: what is counted by hours is new. */
  async hourClosed(): Promise<void> {
    await this.#tolerant(() => this.lookForWithholding());
  }

  /** What became of a block is booked: the next poll counts the blocks again. */
  blockSettled(): void {
    this.#luckIsOld = true;
  }

  /** Reads what is owed now. */
  read(): Promise<MoneyFigures> {
    this.#reading ??= this.#read().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#cancels) cancel();
    await this.#reading?.catch(() => {});
  }

  /** Compares each miner's blocks with what its work should have brought, over all of its time. */
  async lookForWithholding(): Promise<void> {
    const { books: { reports }, clock, metrics } = this.#modules;
    await this.#readLuck();
    const now = clock.now();
    const suspects: string[] = [];
    for (let after = "";;) {
      const page = await reports.expectations(after, MINERS_PER_PAGE);
      for (const miner of page) {
        const luck = luckOf(miner);
        if (!luck.suspicious) continue;
        suspects.push(miner.minerId);
        this.#name(miner, luck, now);
      }
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.minerId;
    }
    this.#suspects = suspects;
    metrics.suspects.set(suspects.length);
  }

  async #readLuck(): Promise<void> {
    const { books: { reports }, clock, metrics } = this.#modules;
    const now = clock.now();
    this.#luckIsOld = false;
    this.#luckAt = clock.monotonic();
    this.#luck = luckOf(await reports.luck({ fromMs: now - WEEK_MS, toMs: now }));
    metrics.luck.set(this.luckRatio ?? NaN);
  }

  #name({ minerId }: MinerExpectation, luck: Luck, now: number): void {
    if (now - (this.#named.get(minerId) ?? -Infinity) < NAMED_MS) return;
    if (this.#named.size >= NAMED_MAX) this.#named.clear();
    this.#named.set(minerId, now);
    this.#modules.logger.log(
      "warn",
      "block_withholding_suspected",
      `miner found ${luck.found} blocks, ${luck.expected.toFixed(2)} expected (probability ` +
        `${luck.probability.toPrecision(2)}): possible block withholding`,
      { miner: minerId, blocks_found: luck.found, probability: luck.probability },
    );
  }

  async #poll(): Promise<void> {
    const { books: { reports }, clock, metrics } = this.#modules;
    const isDue = clock.monotonic() - this.#luckAt >= LUCK_PAUSE_MS;
    if (this.#luckIsOld && isDue) await this.#readLuck();
    await this.read();
    const counts = await reports.blockCounts();
    for (const state of BLOCK_STATES) metrics.blocks[state].set(counts.get(state) ?? 0);
  }

  async #read(): Promise<MoneyFigures> {
    const { metrics, clock } = this.#modules;
    const { openZat, sums } = await this.#owed();
    const sum = (name: string): bigint => sums.get(name) ?? 0n;
    for (const account of MONEY_ACCOUNTS) metrics.accounts[account].set(Number(sum(account)));
    const [immatureZat, availableZat, reservedZat] = [
      sum("immature"),
      sum("available"),
      sum("reserved"),
    ];
    const liabilityZat = immatureZat + availableZat + reservedZat + openZat;
    metrics.liabilityZat.set(Number(liabilityZat));
    this.#figures = {
      immatureZat,
      availableZat,
      reservedZat,
      paidZat: sum("paid"),
      openZat,
      liabilityZat,
      atMs: clock.now(),
    };
    return this.#figures;
  }

  /**
   * What shares have earned, and what the ledger says, of one moment: an hour that is closed between
   * the two readings would be counted twice, and a pool just below its cap send everybody away.
   */
  async #owed(): Promise<{ readonly openZat: bigint; readonly sums: Map<string, bigint> }> {
    const { reports, runningHour } = this.#modules.books;
    for (let reads = 1;; reads++) {
      await runningHour.refresh();
      const { totalPicoZat, closedThrough: openAfter } = runningHour;
      const { sums, closedThrough } = await reports.position();
      // Hours close seldom: where no consistent figure can be had it is rather too high.
      if (closedThrough !== openAfter && reads < READS_MAX) continue;
      return { openZat: totalPicoZat / PICO_PER_ZAT, sums };
    }
  }

  /** Trouble with the database is reported where records are written; the next poll tries again. */
  async #tolerant(poll: () => Promise<void>): Promise<void> {
    if (this.#closed) return;
    try {
      await poll();
      this.#outage.succeeded();
    } catch (error) {
      this.#luckIsOld = true;
      this.#outage.failed(reasonOf(error));
    }
  }

  async #repeat(everyMs: number, poll: () => Promise<void>): Promise<void> {
    await this.#tolerant(poll);
    if (this.#closed) return;
    const waitMs = this.#outage.nextTryMs(everyMs, AWAY_MS);
    const cancel = this.#modules.clock.after(waitMs, () => {
      this.#cancels = this.#cancels.filter((each) => each !== cancel);
      void this.#repeat(everyMs, poll);
    });
    this.#cancels.push(cancel);
  }
}
