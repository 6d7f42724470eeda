import type { SqlSession } from "../../../platform/database/mod.ts";
import { int } from "./payout_rows.ts";

/** What an external payer has settled, by watermark. */
export class SettlementTable {
  /**
   * The newest watermark that was settled, Unix milliseconds; 0 before the first. One that is still to
   * come was settled by a clock that was wrong: it holds up nothing that a right one says.
   */
  async lastWatermark(tx: SqlSession, nowMs: number): Promise<number> {
    const [row] = await tx.query(
      `SELECT COALESCE(MAX(watermark_ms), 0) AS last FROM payout_settlement
        WHERE watermark_ms <= $1`,
      [nowMs],
    );
    return int(row, "last");
  }

  /** The run of a settlement; undefined when that watermark was never settled. */
  async runOf(tx: SqlSession, watermarkMs: number): Promise<number | undefined> {
    const [row] = await tx.query("SELECT run FROM payout_settlement WHERE watermark_ms = $1", [
      watermarkMs,
    ]);
    return row === undefined ? undefined : int(row, "run");
  }

  async insert(
    tx: SqlSession,
    settlement: { watermarkMs: number; run: number; atMs: number },
  ): Promise<void> {
    await tx.execute(
      "INSERT INTO payout_settlement (watermark_ms, run, at_ms) VALUES ($1, $2, $3)",
      [settlement.watermarkMs, settlement.run, settlement.atMs],
    );
  }
}
