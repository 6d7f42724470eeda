/**
 * What closed hours keep of each miner's shares.
 *
 * @module
 */
import { PICO_PER_ZAT, WORK_BITS } from "../ledger/mod.ts";
import { placeholders, type SqlDatabase, type SqlSession } from "../../platform/database/mod.ts";
import { hoursOf, type ReportPeriod } from "./report_period.ts";

/** A miner's shares in a period. */
export interface WorkedHours {
  readonly shares: number;
  /** Blocks that they were expected to bring, 10^-12. */
  readonly expectedPicoBlocks: bigint;
  /** Credited at the shares themselves, 10^-12 zatoshis. */
  readonly creditPicoZat: bigint;
  /** Unix milliseconds. */
  readonly lastShareMs: number;
}

/** Some miners' shares in a period; who had none is not in it. */
export async function workedHours(
  tx: SqlSession,
  period: ReportPeriod,
  minerIds: readonly string[],
): Promise<Map<string, WorkedHours>> {
  const { first, end } = hoursOf(period);
  const rows = await tx.query(
    `SELECT miner_id, sum(shares) AS shares, sum(pico_blocks) AS expected,
       sum(credit_zat) AS credit_zat, sum(credit_pico) AS credit_pico,
       max(last_share_ms) AS last_share_ms
     FROM miner_hour JOIN miner ON miner.id = miner_hour.miner
     WHERE hour >= $1 AND hour < $2 AND miner_id IN ${placeholders(1, minerIds.length, 3)}
     GROUP BY miner_id`,
    [first, end, ...minerIds],
  );
  return new Map(rows.map((row) => [row.miner_id as string, {
    shares: Number(row.shares),
    expectedPicoBlocks: row.expected as bigint,
    creditPicoZat: (row.credit_zat as bigint) * PICO_PER_ZAT + (row.credit_pico as bigint),
    lastShareMs: Number(row.last_share_ms),
  }]));
}

/**
 * Work by miner in a period, in units of 2^-32 expected solutions. Read hour by hour: its sums pass
 * what a database can add.
 */
export async function workByMiner(
  database: SqlDatabase,
  period: ReportPeriod,
): Promise<Map<string, bigint>> {
  const sums = new Map<string, bigint>();
  const { first, end } = hoursOf(period);
  const hours = await database.read((tx) =>
    tx.query(
      "SELECT hour, work_bits FROM share_hour WHERE hour >= $1 AND hour < $2 ORDER BY hour",
      [
        first,
        end,
      ],
    )
  );
  for (const { hour, work_bits } of hours) {
    const scale = BigInt(WORK_BITS) - (work_bits as bigint);
    const rows = await database.read((tx) =>
      tx.query(
        `SELECT miner_id, work FROM miner_hour JOIN miner ON miner.id = miner_hour.miner
         WHERE hour = $1`,
        [hour as bigint],
      )
    );
    for (const row of rows) {
      const minerId = row.miner_id as string;
      sums.set(minerId, (sums.get(minerId) ?? 0n) + (BigInt(row.work as string) << scale));
    }
  }
  return sums;
}

/** Blocks that everybody's shares of a period were expected to bring, 10^-12. */
export async function expectedIn(tx: SqlSession, period: ReportPeriod): Promise<bigint> {
  const { first, end } = hoursOf(period);
  const hours = await tx.query(
    "SELECT pico_blocks FROM share_hour WHERE hour >= $1 AND hour < $2",
    [first, end],
  );
  return hours.reduce((sum, row) => sum + (row.pico_blocks as bigint), 0n);
}

/** Expected blocks of each miner in all closed hours, in the order of their ids, from after one on. */
export async function expectationsFrom(
  tx: SqlSession,
  after: string,
  limit: number,
): Promise<{ readonly minerId: string; readonly expectedPicoBlocks: bigint }[]> {
  const rows = await tx.query(
    `SELECT miner_id, pico_blocks FROM miner_expectation
     JOIN miner ON miner.id = miner_expectation.miner
     WHERE miner_id > $1 ORDER BY miner_id LIMIT $2`,
    [after, limit],
  );
  return rows.map((row) => ({
    minerId: row.miner_id as string,
    expectedPicoBlocks: row.pico_blocks as bigint,
  }));
}
