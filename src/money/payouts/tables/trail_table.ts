import type { SqlSession } from "../../../platform/database/mod.ts";
import { int, keptText, type PayoutAction, type PayoutEventRow, text } from "./payout_rows.ts";

/** What happened to batches, and what people did. */
export class TrailTable {
  async appendEvent(tx: SqlSession, batch: string, event: PayoutEventRow): Promise<void> {
    await tx.execute(
      `INSERT INTO payout_event (batch, number, at_ms, event, state, actor, detail)
        VALUES ($1, (SELECT COUNT(*) + 1 FROM payout_event WHERE batch = $1), $2, $3, $4, $5, $6)`,
      [batch, event.atMs, event.event, event.state, event.actor, keptText(event.detail)],
    );
  }

  async events(tx: SqlSession, batch: string): Promise<PayoutEventRow[]> {
    const rows = await tx.query(
      `SELECT at_ms, event, state, actor, detail FROM payout_event WHERE batch = $1
        ORDER BY number`,
      [batch],
    );
    return rows.map((row) => ({
      atMs: int(row, "at_ms"),
      event: text(row, "event"),
      state: text(row, "state"),
      actor: text(row, "actor"),
      detail: text(row, "detail"),
    }));
  }

  async appendAction(tx: SqlSession, action: PayoutAction): Promise<void> {
    await tx.execute(
      `INSERT INTO payout_action (number, at_ms, actor, action, subject, reason)
        VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM payout_action), $1, $2, $3, $4, $5)`,
      [action.atMs, action.actor, action.action, action.subject, keptText(action.reason)],
    );
  }

  /** The newest first. */
  async actions(tx: SqlSession, limit: number): Promise<PayoutAction[]> {
    const rows = await tx.query(
      `SELECT at_ms, actor, action, subject, reason FROM payout_action
        ORDER BY number DESC LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({
      atMs: int(row, "at_ms"),
      actor: text(row, "actor"),
      action: text(row, "action"),
      subject: text(row, "subject"),
      reason: text(row, "reason"),
    }));
  }
}
