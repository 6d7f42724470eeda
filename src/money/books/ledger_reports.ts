/**
 * What people ask of the ledger: lists and sums for commands, reports and alarms. Nothing here
 * writes. Shares, and the blocks that they found, are counted by closed hours, so that the present hour
 * is not in a report yet.
 *
 * @module
 */
import { BLOCK_STATES } from "../../chain/blocks/mod.ts";
import { lastHour } from "./hour_closer.ts";
import {
  placeholders,
  type SqlDatabase,
  type SqlRow,
  type SqlSession,
  wordList,
} from "../../platform/database/mod.ts";

/** A period by Unix milliseconds; shares and blocks are counted by the hours that begin in it. */
export interface ReportPeriod {
  readonly fromMs: number;
  /** Does not belong to the period. */
  readonly toMs: number;
}

/** What one miner has, in zatoshis. */
export interface MinerMoney {
  readonly immatureZat: bigint;
  readonly availableZat: bigint;
  readonly reservedZat: bigint;
  readonly paidZat: bigint;
}

/** What a miner was expected to find, and what he found. */
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

/** Rewards of found blocks under one fee. */
export interface PeriodRewards {
  readonly feePpm: number;
  readonly rewardsZat: bigint;
  readonly blocks: number;
}

/** Terms from a moment on. */
export interface EpochRow {
  readonly id: number;
  readonly fromMs: number;
  readonly scheme: string;
  readonly feePpm: number;
  readonly pplnsWindow: number;
  /** "shares" or "difficulty". */
  readonly pplnsWindowUnit: string;
}

/** One side of a movement in the journal. */
export interface JournalRow {
  /** Numbers grow with time; the lines of an entry have the same. */
  readonly entry: bigint;
  readonly key: string;
  readonly atMs: number;
  readonly reason: string;
  readonly actor: string;
  readonly account: string;
  readonly amountZat: bigint;
}

/** Miners, or lines of the journal, in one page. */
export const REPORT_PAGE_MAX = 1_000;

const HOUR_MS = 3_600_000;

/** States of blocks that a node has taken, or may have taken, whatever became of them. */
const FOUND = `(${
  wordList(BLOCK_STATES.filter((state) => state !== "submitted" && state !== "rejected"))
})`;

/** Reads the ledger for people. */
export class LedgerReports {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** Miners in the order of their ids, from after one on; at most {@link REPORT_PAGE_MAX}. */
  miners(period: ReportPeriod, after: string, limit: number): Promise<MinerReport[]> {
    return this.#database.read(async (tx) => {
      const rows = await tx.query(
        "SELECT miner_id FROM miner WHERE miner_id > $1 ORDER BY miner_id LIMIT $2",
        [after, Math.min(limit, REPORT_PAGE_MAX)],
      );
      return await minersOf(tx, period, rows.map((row) => text(row, "miner_id")));
    });
  }

  /** One miner; undefined when nobody of that id has ever worked. */
  miner(period: ReportPeriod, minerId: string): Promise<MinerReport | undefined> {
    return this.#database.read(async (tx) => {
      const rows = await tx.query("SELECT miner_id FROM miner WHERE miner_id = $1", [minerId]);
      return (await minersOf(tx, period, rows.map((row) => text(row, "miner_id"))))[0];
    });
  }

  /** Work by miner in a period. Read hour by hour: its sums pass what a database can add. */
  async work(period: ReportPeriod): Promise<Map<string, bigint>> {
    const sums = new Map<string, bigint>();
    const { first, end } = hoursOf(period);
    const hours = await this.#database.read((tx) =>
      tx.query("SELECT hour FROM share_hour WHERE hour >= $1 AND hour < $2 ORDER BY hour", [
        first,
        end,
      ])
    );
    for (const { hour } of hours) {
      const rows = await this.#database.read((tx) =>
        tx.query(
          `SELECT miner_id, work FROM miner_hour JOIN miner ON miner.id = miner_hour.miner
           WHERE hour = $1`,
          [hour ?? null],
        )
      );
      for (const row of rows) {
        const minerId = text(row, "miner_id");
        sums.set(minerId, (sums.get(minerId) ?? 0n) + BigInt(text(row, "work")));
      }
    }
    return sums;
  }

  /** What the blocks found in the period's closed hours pay the pool, those that were lost left out. */
  rewards(period: ReportPeriod): Promise<PeriodRewards[]> {
    return this.#database.read(async (tx) => {
      const rows = await tx.query(
        `SELECT fee_ppm, COUNT(*) AS blocks, SUM(value_zat) AS rewards
         FROM block
         JOIN block_settlement ON block_settlement.hash = block.hash
         JOIN epoch ON epoch.id = block_settlement.epoch
         WHERE state IN ('immature', 'mature') AND found_at_ms >= $1 AND found_at_ms < $2
         GROUP BY fee_ppm ORDER BY fee_ppm`,
        await closedSpan(tx, period),
      );
      return rows.map((row) => ({
        feePpm: int(row, "fee_ppm"),
        rewardsZat: zat(row, "rewards"),
        blocks: int(row, "blocks"),
      }));
    });
  }

  /** Expected and found blocks of everybody. */
  luck(period: ReportPeriod): Promise<{ expectedPicoBlocks: bigint; blocksFound: number }> {
    return this.#database.read(async (tx) => {
      const { first, end } = hoursOf(period);
      const hours = await tx.query(
        "SELECT pico_blocks FROM share_hour WHERE hour >= $1 AND hour < $2",
        [first, end],
      );
      const [found] = await tx.query(
        `SELECT COUNT(*) AS found FROM block
         WHERE state IN ${FOUND} AND found_at_ms >= $1 AND found_at_ms < $2`,
        await closedSpan(tx, period),
      );
      return {
        expectedPicoBlocks: hours.reduce((sum, row) => sum + zat(row, "pico_blocks"), 0n),
        blocksFound: int(found, "found"),
      };
    });
  }

  /**
   * Expected and found blocks of each miner in all closed hours, in the order of their ids, from
   * after one on. Reads one row of a miner, however long he has worked.
   *
   * @param limit at most {@link REPORT_PAGE_MAX}.
   */
  expectations(after: string, limit: number): Promise<MinerExpectation[]> {
    return this.#database.read(async (tx) => {
      const rows = await tx.query(
        `SELECT miner_id, pico_blocks FROM miner_expectation
         JOIN miner ON miner.id = miner_expectation.miner
         WHERE miner_id > $1 ORDER BY miner_id LIMIT $2`,
        [after, Math.min(limit, REPORT_PAGE_MAX)],
      );
      const period = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
      const found = await foundByMiner(tx, period, rows.map((row) => text(row, "miner_id")));
      return rows.map((row) => {
        const minerId = text(row, "miner_id");
        return {
          minerId,
          expectedPicoBlocks: zat(row, "pico_blocks"),
          blocksFound: int(found.get(minerId), "found"),
        };
      });
    });
  }

  /** Found blocks by their state, of all times. */
  blockCounts(): Promise<Map<string, number>> {
    return this.#database.read(async (tx) => {
      const rows = await tx.query("SELECT state, COUNT(*) AS count FROM block GROUP BY state");
      return new Map(rows.map((row) => [text(row, "state"), int(row, "count")]));
    });
  }

  /**
   * What stands in the accounts of all miners together, by its part; the pool's own by name. And up
   * to which share's row id hours were closed at that moment: later shares are not in it.
   */
  position(): Promise<{ readonly sums: Map<string, bigint>; readonly closedThrough: bigint }> {
    return this.#database.read(async (tx) => {
      const rows = await tx.query(
        `SELECT COALESCE(part, name) AS account, SUM(balance_zat) AS balance
         FROM journal_account GROUP BY COALESCE(part, name)`,
      );
      const sums = new Map(rows.map((row) => [text(row, "account"), zat(row, "balance")]));
      return { sums, closedThrough: (await lastHour(tx)).through };
    });
  }

  /** The newest epochs first. */
  epochs(limit: number): Promise<EpochRow[]> {
    return this.#database.read(async (tx) => {
      const rows = await tx.query(
        `SELECT id, from_ms, scheme, fee_ppm, pplns_window, pplns_window_unit FROM epoch
         ORDER BY from_ms DESC LIMIT $1`,
        [Math.min(limit, REPORT_PAGE_MAX)],
      );
      return rows.map((row) => ({
        id: int(row, "id"),
        fromMs: int(row, "from_ms"),
        scheme: text(row, "scheme"),
        feePpm: int(row, "fee_ppm"),
        pplnsWindow: int(row, "pplns_window"),
        pplnsWindowUnit: text(row, "pplns_window_unit"),
      }));
    });
  }

  /**
   * Entries of the journal in their order, whole ones, from after one on.
   *
   * @param entries at most so many entries, each with all its lines.
   */
  journal(period: ReportPeriod, after: bigint, entries: number): Promise<JournalRow[]> {
    return this.#database.read(async (tx) =>
      (await tx.query(
        `${JOURNAL} WHERE journal_entry.id IN (
           SELECT id FROM journal_entry WHERE id > $1 AND at_ms >= $2 AND at_ms < $3
           ORDER BY id LIMIT $4
         ) ORDER BY journal_entry.id, name`,
        [after, period.fromMs, period.toMs, Math.min(entries, REPORT_PAGE_MAX)],
      )).map(journalRow)
    );
  }

  /** The newest movements of one miner's money first. */
  movements(minerId: string, limit: number): Promise<JournalRow[]> {
    return this.#database.read(async (tx) =>
      (await tx.query(
        `${JOURNAL} WHERE owner = $1 ORDER BY journal_entry.id DESC, name LIMIT $2`,
        [minerId, Math.min(limit, REPORT_PAGE_MAX)],
      )).map(journalRow)
    );
  }
}

const JOURNAL = `SELECT journal_entry.id AS entry, key, at_ms, reason, actor, name, amount_zat
  FROM journal_entry
  JOIN journal_line ON journal_line.entry = journal_entry.id
  JOIN journal_account ON journal_account.id = journal_line.account`;

function journalRow(row: SqlRow): JournalRow {
  return {
    entry: zat(row, "entry"),
    key: text(row, "key"),
    atMs: int(row, "at_ms"),
    reason: text(row, "reason"),
    actor: text(row, "actor"),
    account: text(row, "name"),
    amountZat: zat(row, "amount_zat"),
  };
}

async function minersOf(
  tx: SqlSession,
  period: ReportPeriod,
  minerIds: readonly string[],
): Promise<MinerReport[]> {
  if (minerIds.length === 0) return [];
  const { first, end } = hoursOf(period);
  const worked = await byMiner(
    tx,
    `SELECT miner_id, SUM(shares) AS shares, SUM(pico_blocks) AS expected,
       SUM(credit_zat) AS credit_zat, SUM(credit_pico) AS credit_pico,
       MAX(last_share_ms) AS last_share_ms
     FROM miner_hour JOIN miner ON miner.id = miner_hour.miner
     WHERE hour >= $1 AND hour < $2 AND miner_id IN ${placeholders(1, minerIds.length, 3)}
     GROUP BY miner_id`,
    [first, end, ...minerIds],
  );
  const found = await foundByMiner(tx, period, minerIds);
  const balances = await tx.query(
    `SELECT owner, part, balance_zat FROM journal_account
     WHERE owner IN ${placeholders(1, minerIds.length)}`,
    minerIds,
  );
  const money = Map.groupBy(balances, (row) => text(row, "owner"));
  return minerIds.filter((minerId) => minerId !== "").map((minerId) => {
    const row = worked.get(minerId);
    return {
      minerId,
      shares: int(row, "shares"),
      creditPicoZat: zat(row, "credit_zat") * 1_000_000_000_000n + zat(row, "credit_pico"),
      expectedPicoBlocks: zat(row, "expected"),
      blocksFound: int(found.get(minerId), "found"),
      lastShareMs: row === undefined ? undefined : int(row, "last_share_ms"),
      ...moneyOf(money.get(minerId) ?? []),
    };
  });
}

/** Blocks that some miners found in the period's closed hours. */
async function foundByMiner(
  tx: SqlSession,
  period: ReportPeriod,
  minerIds: readonly string[],
): Promise<Map<string, SqlRow>> {
  if (minerIds.length === 0) return new Map();
  return await byMiner(
    tx,
    `SELECT miner_id, COUNT(*) AS found
     FROM block JOIN worker ON worker.id = block.worker JOIN miner ON miner.id = worker.miner
     WHERE state IN ${FOUND} AND found_at_ms >= $1 AND found_at_ms < $2
       AND miner_id IN ${placeholders(1, minerIds.length, 3)}
     GROUP BY miner_id`,
    [...await closedSpan(tx, period), ...minerIds],
  );
}

/**
 * Between which two moments (the second one does not belong to it) those blocks were found whose
 * shares the period's hours count: from the closing of the hour before to the closing of the last
 * one. Else luck would look too good by the blocks of an hour of which only a part belongs to it,
 * or which still runs.
 */
async function closedSpan(tx: SqlSession, period: ReportPeriod): Promise<[number, number]> {
  const { first, end } = hoursOf(period);
  const [row] = await tx.query(
    `SELECT
       (SELECT closed_at_ms FROM share_hour WHERE hour < $1 ORDER BY hour DESC LIMIT 1) AS from_ms,
       (SELECT closed_at_ms FROM share_hour WHERE hour < $2 ORDER BY hour DESC LIMIT 1) AS to_ms`,
    [first, end],
  );
  return [int(row, "from_ms"), int(row, "to_ms")];
}

async function byMiner(
  tx: SqlSession,
  sql: string,
  parameters: readonly (string | number)[],
): Promise<Map<string, SqlRow>> {
  const rows = await tx.query(sql, parameters);
  return new Map(rows.map((row) => [text(row, "miner_id"), row]));
}

function moneyOf(rows: readonly SqlRow[]): MinerMoney {
  const part = (name: string): bigint => zat(rows.find((row) => row.part === name), "balance_zat");
  return {
    immatureZat: part("immature"),
    availableZat: part("available"),
    reservedZat: part("reserved"),
    paidZat: part("paid"),
  };
}

function hoursOf({ fromMs, toMs }: ReportPeriod): { first: number; end: number } {
  return { first: Math.ceil(fromMs / HOUR_MS), end: Math.ceil(toMs / HOUR_MS) };
}

function text(row: SqlRow, column: string): string {
  return String(row[column]);
}

/** 0 where there is no row. */
function int(row: SqlRow | undefined, column: string): number {
  return Number(row?.[column] ?? 0);
}

function zat(row: SqlRow | undefined, column: string): bigint {
  return BigInt((row?.[column] ?? 0n) as bigint);
}
