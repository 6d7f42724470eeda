import type { SqlSession } from "../../../platform/database/mod.ts";
import { int, PAYOUT, type PayoutRow, readPayout, text, zat } from "./payout_rows.ts";

/** What each miner is paid, by which batch. */
export class PayoutTable {
  /** Payouts by coinbases share the sequence of numbers. */
  async nextNumber(tx: SqlSession): Promise<number> {
    const [row] = await tx.query(
      `SELECT COALESCE(MAX(number), 0) AS last FROM (
         SELECT MAX(number) AS number FROM payout
         UNION ALL SELECT MAX(number) FROM coinbase_payout
       ) AS numbers`,
    );
    return int(row, "last") + 1;
  }

  async ofBatch(tx: SqlSession, batch: string): Promise<PayoutRow[]> {
    const rows = await tx.query(
      `SELECT ${PAYOUT} FROM payout WHERE batch = $1 ORDER BY number`,
      [batch],
    );
    return rows.map(readPayout);
  }

  async find(tx: SqlSession, id: string): Promise<PayoutRow | undefined> {
    const [row] = await tx.query(`SELECT ${PAYOUT} FROM payout WHERE id = $1`, [id]);
    return row === undefined ? undefined : readPayout(row);
  }

  /** Payouts of all batches in the order of their numbers. */
  async list(tx: SqlSession, after: number, limit: number): Promise<PayoutRow[]> {
    const rows = await tx.query(
      `SELECT ${PAYOUT} FROM payout WHERE number > $1 ORDER BY number LIMIT $2`,
      [after, limit],
    );
    return rows.map(readPayout);
  }

  /** The newest payouts of one miner. */
  async ofMiner(tx: SqlSession, minerId: string, limit: number): Promise<PayoutRow[]> {
    const rows = await tx.query(
      `SELECT ${PAYOUT} FROM payout WHERE miner_id = $1 ORDER BY number DESC LIMIT $2`,
      [minerId, limit],
    );
    return rows.map(readPayout);
  }

  async end(
    tx: SqlSession,
    batch: string,
    end: { ended: "settled" | "released"; txid: string | undefined; atMs: number },
  ): Promise<void> {
    await tx.execute(
      `UPDATE payout SET ended = $1, txid = $2, ended_at_ms = $3
        WHERE batch = $4 AND ended IS NULL`,
      [end.ended, end.txid ?? null, end.atMs, batch],
    );
    if (end.ended === "released") return;
    await tx.execute(
      `INSERT INTO payout_last (miner_id, at_ms)
        SELECT miner_id, ended_at_ms FROM payout WHERE batch = $1
        ON CONFLICT (miner_id) DO UPDATE SET at_ms = excluded.at_ms`,
      [batch],
    );
  }

  /** What live payouts hold, in zatoshis: what the reserved accounts have to sum to. */
  async reservedTotal(tx: SqlSession): Promise<bigint> {
    const [row] = await tx.query(
      `SELECT CAST(COALESCE(SUM(amount_zat), 0) AS BIGINT) AS total FROM payout
        WHERE ended IS NULL`,
    );
    return zat(row, "total");
  }

  /**
   * What was set aside from a moment on, or sent from a height on, and not released. What was set
   * aside by a clock that was ahead counts by its height, and while it is not sent.
   *
   * @param since Unix milliseconds, and the height of the chain.
   */
  async paidSince(
    tx: SqlSession,
    { ms, nowMs, height }: {
      readonly ms: number;
      readonly nowMs: number;
      readonly height: number;
    },
  ): Promise<bigint> {
    const [row] = await tx.query(
      `SELECT CAST(COALESCE(SUM(amount_zat), 0) AS BIGINT) AS total FROM payout
        WHERE (ended IS NULL OR ended = 'settled') AND id IN (
          SELECT id FROM payout
            WHERE created_at_ms >= $1 AND (created_at_ms <= $3 OR ended IS NULL)
          UNION SELECT payout.id FROM payout_attempt
            JOIN payout ON payout.batch = payout_attempt.batch WHERE start_height >= $2)`,
      [ms, height, nowMs],
    );
    return zat(row, "total");
  }

  /** When each miner who has ever been paid was paid last. */
  async lastPaid(tx: SqlSession): Promise<Map<string, number>> {
    const rows = await tx.query("SELECT miner_id, at_ms FROM payout_last");
    return new Map(rows.map((row) => [text(row, "miner_id"), int(row, "at_ms")]));
  }

  /** True when a payment to the miner at that address has settled. */
  async wasPaidAt(tx: SqlSession, minerId: string, address: string): Promise<boolean> {
    const rows = await tx.query(
      `SELECT 1 AS found FROM payout WHERE miner_id = $1 AND address = $2 AND ended = 'settled'
        LIMIT 1`,
      [minerId, address],
    );
    return rows.length > 0;
  }

  /** Miners that a run has tried to pay, and those who have a live payout. */
  async minersTaken(tx: SqlSession, run: number): Promise<Set<string>> {
    const rows = await tx.query(
      `SELECT miner_id FROM payout WHERE ended IS NULL
        UNION SELECT miner_id FROM payout
          WHERE batch IN (SELECT id FROM payout_batch WHERE run = $1)`,
      [run],
    );
    return new Set(rows.map((row) => text(row, "miner_id")));
  }

  /** Miners who have a live payout. */
  async minersLive(tx: SqlSession): Promise<Set<string>> {
    const rows = await tx.query("SELECT miner_id FROM payout WHERE ended IS NULL");
    return new Set(rows.map((row) => text(row, "miner_id")));
  }

  /** How many payouts a run has, and what they sum to. */
  async runTotals(tx: SqlSession, run: number): Promise<{ count: number; totalZat: bigint }> {
    const [row] = await tx.query(
      `SELECT COUNT(*) AS count, CAST(COALESCE(SUM(amount_zat), 0) AS BIGINT) AS total FROM payout
        WHERE batch IN (SELECT id FROM payout_batch WHERE run = $1)`,
      [run],
    );
    return { count: int(row, "count"), totalZat: zat(row, "total") };
  }
}
