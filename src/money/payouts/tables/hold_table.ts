import type { SqlSession } from "../../../platform/database/mod.ts";
import { int, keptText, type PayoutHold, text } from "./payout_rows.ts";

/** Payees that are not paid until somebody says so. */
export class HoldTable {
  /** Holds a payee; one who is held already keeps the first reason. */
  async put(tx: SqlSession, hold: PayoutHold): Promise<void> {
    await tx.execute(
      `INSERT INTO payout_hold (miner_id, reason, actor, at_ms) VALUES ($1, $2, $3, $4)
        ON CONFLICT (miner_id) DO NOTHING`,
      [hold.minerId, keptText(hold.reason), hold.actor, hold.atMs],
    );
  }

  async remove(tx: SqlSession, minerId: string): Promise<boolean> {
    return await tx.execute("DELETE FROM payout_hold WHERE miner_id = $1", [minerId]) === 1;
  }

  async all(tx: SqlSession): Promise<PayoutHold[]> {
    const rows = await tx.query(
      "SELECT miner_id, reason, actor, at_ms FROM payout_hold ORDER BY miner_id",
    );
    return rows.map((row) => ({
      minerId: text(row, "miner_id"),
      reason: text(row, "reason"),
      actor: text(row, "actor"),
      atMs: int(row, "at_ms"),
    }));
  }
}
