/**
 * What people ask of the ledger: lists and sums for commands, reports and alarms. Nothing here
 * writes. Shares, and the blocks that they found, are counted by closed hours, so that the present hour
 * is not in a report yet.
 *
 * @module
 */
import type { BlockState } from "../../chain/blocks/mod.ts";
import type { SqlDatabase, SqlSession } from "../../platform/database/mod.ts";
import { holdingsByMiner, type MinerMoney, moneyByMiner, sumsOfAccounts } from "./balance_rows.ts";
import { newestEpochs, type StoredEpoch } from "./epoch_rows.ts";
import {
  countByState,
  foundByMiner,
  foundIn,
  type PeriodRewards,
  rewardsOf,
} from "./found_block_rows.ts";
import { lastHour } from "./hour_closer.ts";
import { expectationsFrom, expectedIn, workByMiner, workedHours } from "./miner_hour_rows.ts";
import { entriesFrom, type JournalRow, movementsOf } from "./movement_rows.ts";
import { ALL_TIME, type ReportPeriod } from "./report_period.ts";

/** What a miner was expected to find, and what it found. */
export interface MinerExpectation {
  readonly minerId: string;
  /** Blocks that the shares were expected to bring, 10^-12. */
  readonly expectedPicoBlocks: bigint;
  /** Blocks that were found in closed hours, those that were lost later included. */
  readonly blocksFound: number;
}

/** One miner in a period. */
export interface MinerReport extends MinerMoney, MinerExpectation {
  readonly shares: number;
  /** Credited at the shares themselves, 10^-12 zatoshis. */
  readonly creditPicoZat: bigint;
  /** Unix milliseconds of the last share of a closed hour; undefined before the first. */
  readonly lastShareMs: number | undefined;
}

/** Miners, epochs, entries or lines of the journal in one page. */
export const REPORT_PAGE_MAX = 1_000;

/** Reads the ledger for people. Limits are cut to {@link REPORT_PAGE_MAX}. */
export class LedgerReports {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** These miners in their order, at most {@link REPORT_PAGE_MAX}. */
  miners(period: ReportPeriod, minerIds: readonly string[]): Promise<MinerReport[]> {
    return this.#database.read((tx) => minersOf(tx, period, minerIds.slice(0, REPORT_PAGE_MAX)));
  }

  /** What each miner has who has something, in zatoshis: immature, available and reserved. */
  holdings(): Promise<Map<string, bigint>> {
    return this.#database.read(holdingsByMiner);
  }

  /** One miner; undefined when nobody of that id has ever worked. */
  miner(period: ReportPeriod, minerId: string): Promise<MinerReport | undefined> {
    return this.#database.read(async (tx) => {
      const known = await tx.query("SELECT id FROM miner WHERE miner_id = $1", [minerId]);
      return known.length === 0 ? undefined : (await minersOf(tx, period, [minerId]))[0];
    });
  }

  /** Work by miner in a period. */
  work(period: ReportPeriod): Promise<Map<string, bigint>> {
    return workByMiner(this.#database, period);
  }

  /** What the blocks found in the period's closed hours pay the pool, those that were lost left out. */
  rewards(period: ReportPeriod): Promise<PeriodRewards[]> {
    return this.#database.read((tx) => rewardsOf(tx, period));
  }

  /** Expected and found blocks of everybody. */
  luck(period: ReportPeriod): Promise<Omit<MinerExpectation, "minerId">> {
    return this.#database.read(async (tx) => ({
      expectedPicoBlocks: await expectedIn(tx, period),
      blocksFound: await foundIn(tx, period),
    }));
  }

  /**
   * Expected and found blocks of each miner in all closed hours, in the order of their ids, from
   * after one on. Reads one row of a miner, however long it has worked.
   */
  expectations(after: string, limit: number): Promise<MinerExpectation[]> {
    return this.#database.read(async (tx) => {
      const expected = await expectationsFrom(tx, after, page(limit));
      const found = await foundByMiner(tx, ALL_TIME, expected.map(({ minerId }) => minerId));
      return expected.map((each) => ({ ...each, blocksFound: found.get(each.minerId) ?? 0 }));
    });
  }

  /** Found blocks by their state, of all times. */
  blockCounts(): Promise<Map<BlockState, number>> {
    return this.#database.read(countByState);
  }

  /**
   * What stands in the accounts of all miners together, by its part; the pool's own by name. And up
   * to which share's row id hours were closed at that moment: later shares are not in it.
   */
  position(): Promise<{ readonly sums: Map<string, bigint>; readonly closedThrough: bigint }> {
    return this.#database.read(async (tx) => ({
      sums: await sumsOfAccounts(tx),
      closedThrough: (await lastHour(tx)).through,
    }));
  }

  /** The newest epochs first. */
  epochs(limit: number): Promise<StoredEpoch[]> {
    return this.#database.read((tx) => newestEpochs(tx, page(limit)));
  }

  /**
   * Entries of the journal in their order, whole ones, from after one on.
   *
   * @param entries the most entries to read, each with all its lines.
   */
  journal(period: ReportPeriod, after: bigint, entries: number): Promise<JournalRow[]> {
    return this.#database.read((tx) =>
      entriesFrom(tx, { ...period, after, entries: page(entries) })
    );
  }

  /** The newest movements of one miner's money first. */
  movements(minerId: string, limit: number): Promise<JournalRow[]> {
    return this.#database.read((tx) => movementsOf(tx, minerId, page(limit)));
  }
}

function page(limit: number): number {
  return Math.min(limit, REPORT_PAGE_MAX);
}

async function minersOf(
  tx: SqlSession,
  period: ReportPeriod,
  minerIds: readonly string[],
): Promise<MinerReport[]> {
  if (minerIds.length === 0) return [];
  const worked = await workedHours(tx, period, minerIds);
  const found = await foundByMiner(tx, period, minerIds);
  const money = await moneyByMiner(tx, minerIds);
  return minerIds.map((minerId) => {
    const { shares, creditPicoZat, expectedPicoBlocks, lastShareMs } = worked.get(minerId) ?? IDLE;
    const blocksFound = found.get(minerId) ?? 0;
    return {
      ...{ minerId, shares, creditPicoZat, expectedPicoBlocks, blocksFound, lastShareMs },
      ...money.of(minerId),
    };
  });
}

const IDLE = {
  ...{ shares: 0, creditPicoZat: 0n, expectedPicoBlocks: 0n },
  lastShareMs: undefined,
} as const;
