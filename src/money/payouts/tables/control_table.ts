import type { SqlSession } from "../../../platform/database/mod.ts";
import {
  flag,
  int,
  keptText,
  type PayerLeaseRow,
  type PayoutControl,
  text,
} from "./payout_rows.ts";

/** Between the reasons of one pause. */
const REASON_SEPARATOR = "; ";
/** What still fits a line of a report; an operator's reason stands in the audit trail all the same. */
const PAUSED_REASON_LENGTH_MAX = 1_000;

/** Who pays, in which mode, and whether payments are paused: one row each. */
export class ControlTable {
  async lease(tx: SqlSession): Promise<PayerLeaseRow> {
    const [row] = await tx.query("SELECT holder, token, renewals FROM payout_lease WHERE id = 1");
    return {
      holder: text(row, "holder"),
      token: int(row, "token"),
      renewals: int(row, "renewals"),
    };
  }

  /** Replaces the lease if it is still as it was seen; false when somebody was faster. */
  async swapLease(tx: SqlSession, seen: PayerLeaseRow, next: PayerLeaseRow): Promise<boolean> {
    return await tx.execute(
      `UPDATE payout_lease SET holder = $1, token = $2, renewals = $3
        WHERE id = 1 AND holder = $4 AND token = $5 AND renewals = $6`,
      [next.holder, next.token, next.renewals, seen.holder, seen.token, seen.renewals],
    ) === 1;
  }

  /**
   * True while the token is that of the holder. It writes the row, so that two transactions that
   * begin at once cannot both be right.
   */
  async fence(tx: SqlSession, token: number): Promise<boolean> {
    return await tx.execute(
      "UPDATE payout_lease SET renewals = renewals WHERE id = 1 AND token = $1 AND holder <> ''",
      [token],
    ) === 1;
  }

  async read(tx: SqlSession): Promise<PayoutControl> {
    const [row] = await tx.query(`SELECT mode, wallet, paused, paused_reason, paused_by,
      paused_at_ms, run, run_open, last_run_ms, run_requested, last_settled_ms
      FROM payout_control WHERE id = 1`);
    return {
      mode: text(row, "mode"),
      wallet: text(row, "wallet"),
      paused: flag(row, "paused"),
      pausedReason: text(row, "paused_reason"),
      pausedBy: text(row, "paused_by"),
      pausedAtMs: int(row, "paused_at_ms"),
      run: int(row, "run"),
      runOpen: flag(row, "run_open"),
      lastRunMs: int(row, "last_run_ms"),
      runRequested: flag(row, "run_requested"),
      lastSettledMs: int(row, "last_settled_ms"),
    };
  }

  async setMode(tx: SqlSession, mode: string, wallet: string): Promise<void> {
    await tx.execute("UPDATE payout_control SET mode = $1, wallet = $2 WHERE id = 1", [
      mode,
      wallet,
    ]);
  }

  /**
   * Pauses; survives restarts. A reason that comes while payments are paused is put behind those
   * before it: resuming ends them all, an alarm among them.
   *
   * @returns false when payments were paused for that reason, or for more than fits.
   */
  async pause(
    tx: SqlSession,
    by: { actor: string; reason: string; atMs: number },
  ): Promise<boolean> {
    const { paused, pausedReason } = await this.read(tx);
    if (paused) return await this.#addReason(tx, pausedReason, by.reason);
    return await tx.execute(
      `UPDATE payout_control SET paused = 1, paused_reason = $1, paused_by = $2, paused_at_ms = $3
        WHERE id = 1 AND paused = 0`,
      [by.reason, by.actor, by.atMs],
    ) === 1;
  }

  async #addReason(tx: SqlSession, reasons: string, reason: string): Promise<boolean> {
    if (await this.#isKnown(tx, reason)) return false;
    const all = `${reasons}${REASON_SEPARATOR}${reason}`;
    if (all.length > PAUSED_REASON_LENGTH_MAX) return false;
    await tx.execute("UPDATE payout_control SET paused_reason = $1 WHERE id = 1", [all]);
    return true;
  }

  /** Whether payments were paused for that reason since they were resumed last: the trail has it. */
  async #isKnown(tx: SqlSession, reason: string): Promise<boolean> {
    const rows = await tx.query(
      `SELECT 1 AS found FROM payout_action WHERE action = 'pause' AND reason = $1 AND number >
        (SELECT COALESCE(MAX(number), 0) FROM payout_action WHERE action = 'resume') LIMIT 1`,
      [keptText(reason)],
    );
    return rows.length > 0;
  }

  async resume(tx: SqlSession): Promise<void> {
    await tx.execute(
      `UPDATE payout_control SET paused = 0, paused_reason = '', paused_by = '', paused_at_ms = 0
        WHERE id = 1`,
    );
  }

  async requestRun(tx: SqlSession): Promise<void> {
    await tx.execute("UPDATE payout_control SET run_requested = 1 WHERE id = 1");
  }

  async openRun(tx: SqlSession, run: number, atMs: number): Promise<void> {
    await tx.execute(
      `UPDATE payout_control SET run = $1, run_open = 1, last_run_ms = $2, run_requested = 0
        WHERE id = 1`,
      [run, atMs],
    );
  }

  async closeRun(tx: SqlSession): Promise<void> {
    await tx.execute("UPDATE payout_control SET run_open = 0 WHERE id = 1");
  }

  async recordSettled(tx: SqlSession, atMs: number): Promise<void> {
    await tx.execute("UPDATE payout_control SET last_settled_ms = $1 WHERE id = 1", [atMs]);
  }
}
