/**
 * The tables of payments. Every method works inside the caller's transaction, because a state and
 * the money that moves with it are written together or not at all. The tables know no rules of
 * payments but those that a unique index can hold: who may do what next is said in `payouts`.
 *
 * @module
 */
import type { SqlSession } from "./sql/sql_database.ts";
import {
  BATCH,
  batchValues,
  bit,
  flag,
  int,
  optionalText,
  type PayerLeaseRow,
  PAYOUT,
  type PayoutAction,
  type PayoutBatchRow,
  type PayoutControl,
  type PayoutEventRow,
  type PayoutHold,
  type PayoutRow,
  placeholders,
  readBatch,
  readPayout,
  type ShieldingRow,
  text,
  zat,
} from "./payouts/payout_rows.ts";

export type {
  PayerLeaseRow,
  PayoutAction,
  PayoutBatchRow,
  PayoutControl,
  PayoutEventRow,
  PayoutHold,
  PayoutRow,
  ShieldingRow,
} from "./payouts/payout_rows.ts";

/** Reads and writes the tables of payments. */
export class PayoutStore {
  // --- who pays -------------------------------------------------------------------------------

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
   * look at once cannot both be right.
   */
  async fence(tx: SqlSession, token: number): Promise<boolean> {
    return await tx.execute(
      "UPDATE payout_lease SET renewals = renewals WHERE id = 1 AND token = $1 AND holder <> ''",
      [token],
    ) === 1;
  }

  // --- control --------------------------------------------------------------------------------

  async control(tx: SqlSession): Promise<PayoutControl> {
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

  /** Pauses, keeping the reason of the first pause; survives restarts. */
  async pause(tx: SqlSession, by: { actor: string; reason: string; atMs: number }): Promise<void> {
    await tx.execute(
      `UPDATE payout_control SET paused = 1, paused_reason = $1, paused_by = $2, paused_at_ms = $3
        WHERE id = 1 AND paused = 0`,
      [by.reason, by.actor, by.atMs],
    );
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

  // --- batches --------------------------------------------------------------------------------

  /** The next number of a batch; unique because one writer at a time gets past the lease. */
  async nextBatchNumber(tx: SqlSession): Promise<number> {
    const [row] = await tx.query("SELECT COALESCE(MAX(number), 0) AS last FROM payout_batch");
    return int(row, "last") + 1;
  }

  async nextPayoutNumber(tx: SqlSession): Promise<number> {
    const [row] = await tx.query("SELECT COALESCE(MAX(number), 0) AS last FROM payout");
    return int(row, "last") + 1;
  }

  /** A second live payout of a miner breaks a unique index, whoever tries it. */
  async insertBatch(
    tx: SqlSession,
    batch: PayoutBatchRow,
    payouts: readonly PayoutRow[],
  ): Promise<void> {
    await tx.execute(
      `INSERT INTO payout_batch (${BATCH}) VALUES (${placeholders(19)})`,
      batchValues(batch),
    );
    for (const payout of payouts) {
      await tx.execute(`INSERT INTO payout (${PAYOUT}) VALUES (${placeholders(11)})`, [
        payout.id,
        payout.number,
        payout.batch,
        payout.minerId,
        payout.address,
        payout.amountZat,
        payout.deductedZat,
        payout.ended ?? null,
        payout.txid ?? null,
        payout.createdAtMs,
        payout.endedAtMs ?? null,
      ]);
    }
  }

  async batch(tx: SqlSession, id: string): Promise<PayoutBatchRow | undefined> {
    const [row] = await tx.query(`SELECT ${BATCH} FROM payout_batch WHERE id = $1`, [id]);
    return row === undefined ? undefined : readBatch(row);
  }

  /** Those that are not final, oldest first. */
  async liveBatches(tx: SqlSession, limit: number): Promise<PayoutBatchRow[]> {
    const rows = await tx.query(
      `SELECT ${BATCH} FROM payout_batch WHERE is_final = 0 ORDER BY number LIMIT $1`,
      [limit],
    );
    return rows.map(readBatch);
  }

  /** The newest first. */
  async batches(tx: SqlSession, limit: number, before: number): Promise<PayoutBatchRow[]> {
    const rows = await tx.query(
      `SELECT ${BATCH} FROM payout_batch WHERE number < $1 ORDER BY number DESC LIMIT $2`,
      [before, limit],
    );
    return rows.map(readBatch);
  }

  /** How many batches stand in each state that is not final. */
  async stateCounts(tx: SqlSession): Promise<Map<string, number>> {
    const rows = await tx.query(
      "SELECT state, COUNT(*) AS count FROM payout_batch WHERE is_final = 0 GROUP BY state",
    );
    return new Map(rows.map((row) => [text(row, "state"), int(row, "count")]));
  }

  /** False when the version has passed: somebody else has changed the batch. */
  async saveState(
    tx: SqlSession,
    seen: PayoutBatchRow,
    next: Pick<
      PayoutBatchRow,
      "state" | "stateText" | "occupies" | "isFinal" | "recipientAtFault" | "changedAtMs"
    >,
  ): Promise<boolean> {
    return await tx.execute(
      `UPDATE payout_batch SET state = $1, state_text = $2, occupies = $3, is_final = $4,
        recipient_at_fault = $5, changed_at_ms = $6, version = version + 1
        WHERE id = $7 AND version = $8`,
      [
        next.state,
        next.stateText,
        bit(next.occupies),
        bit(next.isFinal),
        bit(next.recipientAtFault),
        next.changedAtMs,
        seen.id,
        seen.version,
      ],
    ) === 1;
  }

  /** The operator lets other batches be sent beside this one. */
  async vacateWallet(tx: SqlSession, id: string): Promise<void> {
    await tx.execute("UPDATE payout_batch SET occupies = 0 WHERE id = $1", [id]);
  }

  /** True while a batch of the wallet, or shielding, may be choosing notes. */
  async walletOccupied(tx: SqlSession, wallet: string): Promise<boolean> {
    const rows = await tx.query(
      `SELECT 1 AS found FROM payout_batch WHERE wallet = $1 AND occupies = 1
        UNION ALL SELECT 1 FROM payout_shielding WHERE wallet = $1 AND is_final = 0`,
      [wallet],
    );
    return rows.length > 0;
  }

  /** Batches of a run whose payees are to be tried in halves, oldest first. */
  async unsplit(tx: SqlSession, run: number): Promise<{ batch: PayoutBatchRow; half: number }[]> {
    const rows = await tx.query(
      `SELECT ${BATCH}, (SELECT COUNT(*) FROM payout_batch child WHERE child.parent = payout_batch.id)
        AS children FROM payout_batch
        WHERE run = $1 AND state = 'released' AND recipient_at_fault = 1 AND recipients > 1
        ORDER BY number`,
      [run],
    );
    return rows.filter((row) => int(row, "children") < 2)
      .map((row) => ({ batch: readBatch(row), half: int(row, "children") + 1 }));
  }

  /** Recipients that a run tried alone and the wallet refused. */
  async refusedAlone(tx: SqlSession, run: number): Promise<number> {
    const [row] = await tx.query(
      `SELECT COUNT(*) AS count FROM payout_batch
        WHERE run = $1 AND state = 'released' AND recipient_at_fault = 1 AND recipients = 1`,
      [run],
    );
    return int(row, "count");
  }

  async payouts(tx: SqlSession, batch: string): Promise<PayoutRow[]> {
    const rows = await tx.query(
      `SELECT ${PAYOUT} FROM payout WHERE batch = $1 ORDER BY number`,
      [batch],
    );
    return rows.map(readPayout);
  }

  async payout(tx: SqlSession, id: string): Promise<PayoutRow | undefined> {
    const [row] = await tx.query(`SELECT ${PAYOUT} FROM payout WHERE id = $1`, [id]);
    return row === undefined ? undefined : readPayout(row);
  }

  /** Payouts of all batches in the order of their numbers. */
  async listPayouts(tx: SqlSession, after: number, limit: number): Promise<PayoutRow[]> {
    const rows = await tx.query(
      `SELECT ${PAYOUT} FROM payout WHERE number > $1 ORDER BY number LIMIT $2`,
      [after, limit],
    );
    return rows.map(readPayout);
  }

  /** The newest payouts of one miner. */
  async payoutsOfMiner(tx: SqlSession, minerId: string, limit: number): Promise<PayoutRow[]> {
    const rows = await tx.query(
      `SELECT ${PAYOUT} FROM payout WHERE miner_id = $1 ORDER BY number DESC LIMIT $2`,
      [minerId, limit],
    );
    return rows.map(readPayout);
  }

  async endPayouts(
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

  /** What was set aside from a moment on and not released. */
  async paidSince(tx: SqlSession, sinceMs: number): Promise<bigint> {
    const [row] = await tx.query(
      `SELECT CAST(COALESCE(SUM(amount_zat), 0) AS BIGINT) AS total FROM payout
        WHERE created_at_ms >= $1 AND (ended IS NULL OR ended = 'settled')`,
      [sinceMs],
    );
    return zat(row, "total");
  }

  /** When each miner who has ever been paid was paid last. */
  async lastPaid(tx: SqlSession): Promise<Map<string, number>> {
    const rows = await tx.query("SELECT miner_id, at_ms FROM payout_last");
    return new Map(rows.map((row) => [text(row, "miner_id"), int(row, "at_ms")]));
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

  // --- attempts and transactions --------------------------------------------------------------

  async insertAttempt(
    tx: SqlSession,
    attempt: {
      batch: string;
      number: number;
      token: number;
      method: string;
      atMs: number;
      startHeight: number;
    },
  ): Promise<void> {
    await tx.execute(
      `INSERT INTO payout_attempt (batch, number, token, method, at_ms, start_height)
        VALUES ($1, $2, $3, $4, $5, $6)`,
      [
        attempt.batch,
        attempt.number,
        attempt.token,
        attempt.method,
        attempt.atMs,
        attempt.startHeight,
      ],
    );
  }

  async attempts(
    tx: SqlSession,
    batch: string,
  ): Promise<{ number: number; token: number; method: string; atMs: number }[]> {
    const rows = await tx.query(
      "SELECT number, token, method, at_ms FROM payout_attempt WHERE batch = $1 ORDER BY number",
      [batch],
    );
    return rows.map((row) => ({
      number: int(row, "number"),
      token: int(row, "token"),
      method: text(row, "method"),
      atMs: int(row, "at_ms"),
    }));
  }

  /** Binds a transaction to a batch; false when it belongs to another one. */
  async claimTransaction(
    tx: SqlSession,
    claim: { txid: string; batch: string; shared: boolean },
  ): Promise<boolean> {
    const owners = await this.ownersOf(tx, claim.txid);
    if (owners.includes(claim.batch)) return true;
    if (owners.length > 0 && !claim.shared) return false;
    await tx.execute(
      "INSERT INTO payout_transaction (txid, batch, shared) VALUES ($1, $2, $3)",
      [claim.txid, claim.batch, bit(claim.shared)],
    );
    return true;
  }

  async ownersOf(tx: SqlSession, txid: string): Promise<string[]> {
    const rows = await tx.query("SELECT batch FROM payout_transaction WHERE txid = $1", [txid]);
    return rows.map((row) => text(row, "batch"));
  }

  /** Keeps the fee of a batch that has been posted; false when it was posted before. */
  async recordFee(tx: SqlSession, batch: string, feeZat: bigint): Promise<boolean> {
    return await tx.execute(
      "UPDATE payout_batch SET fee_zat = $1 WHERE id = $2 AND fee_zat IS NULL",
      [feeZat, batch],
    ) === 1;
  }

  /** Settled batches of our own wallet whose fee is not known yet, oldest first. */
  async withoutFee(tx: SqlSession, limit: number): Promise<PayoutBatchRow[]> {
    const rows = await tx.query(
      `SELECT ${BATCH} FROM payout_batch
        WHERE state = 'settled' AND mode = 'zallet' AND fee_zat IS NULL ORDER BY number LIMIT $1`,
      [limit],
    );
    return rows.map(readBatch);
  }

  async feeOf(tx: SqlSession, batch: string): Promise<bigint | undefined> {
    const [row] = await tx.query("SELECT fee_zat FROM payout_batch WHERE id = $1", [batch]);
    return row?.fee_zat === null || row === undefined ? undefined : zat(row, "fee_zat");
  }

  // --- trail ----------------------------------------------------------------------------------

  async appendEvent(tx: SqlSession, batch: string, event: PayoutEventRow): Promise<void> {
    await tx.execute(
      `INSERT INTO payout_event (batch, number, at_ms, event, state, actor, detail)
        VALUES ($1, (SELECT COUNT(*) + 1 FROM payout_event WHERE batch = $1), $2, $3, $4, $5, $6)`,
      [batch, event.atMs, event.event, event.state, event.actor, event.detail.slice(0, 500)],
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
      [action.atMs, action.actor, action.action, action.subject, action.reason.slice(0, 500)],
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

  // --- holds ----------------------------------------------------------------------------------

  /** Holds a payee; one who is held already keeps the first reason. */
  async hold(tx: SqlSession, hold: PayoutHold): Promise<void> {
    await tx.execute(
      `INSERT INTO payout_hold (miner_id, reason, actor, at_ms) VALUES ($1, $2, $3, $4)
        ON CONFLICT (miner_id) DO NOTHING`,
      [hold.minerId, hold.reason.slice(0, 500), hold.actor, hold.atMs],
    );
  }

  async unhold(tx: SqlSession, minerId: string): Promise<boolean> {
    return await tx.execute("DELETE FROM payout_hold WHERE miner_id = $1", [minerId]) === 1;
  }

  async holds(tx: SqlSession): Promise<PayoutHold[]> {
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

  // --- shielding ------------------------------------------------------------------------------

  async insertShielding(
    tx: SqlSession,
    shielding: { wallet: string; token: number; atMs: number },
  ): Promise<number> {
    const [last] = await tx.query("SELECT COALESCE(MAX(id), 0) AS last FROM payout_shielding");
    const id = int(last, "last") + 1;
    await tx.execute(
      `INSERT INTO payout_shielding (id, wallet, token, at_ms, state, is_final, value_zat, detail)
        VALUES ($1, $2, $3, $4, 'intended', 0, 0, '')`,
      [id, shielding.wallet, shielding.token, shielding.atMs],
    );
    return id;
  }

  async updateShielding(
    tx: SqlSession,
    id: number,
    next: {
      state: string;
      isFinal: boolean;
      opid?: string | undefined;
      valueZat: bigint;
      detail: string;
    },
  ): Promise<void> {
    await tx.execute(
      `UPDATE payout_shielding SET state = $1, is_final = $2, opid = $3, value_zat = $4,
        detail = $5 WHERE id = $6`,
      [
        next.state,
        bit(next.isFinal),
        next.opid ?? null,
        next.valueZat,
        next.detail.slice(0, 500),
        id,
      ],
    );
  }

  async liveShielding(tx: SqlSession, wallet: string): Promise<ShieldingRow | undefined> {
    const [row] = await tx.query(
      `SELECT id, state, opid, value_zat, at_ms FROM payout_shielding
        WHERE wallet = $1 AND is_final = 0 ORDER BY id`,
      [wallet],
    );
    if (row === undefined) return undefined;
    return {
      id: int(row, "id"),
      state: text(row, "state"),
      opid: optionalText(row, "opid"),
      valueZat: zat(row, "value_zat"),
      atMs: int(row, "at_ms"),
    };
  }

  // --- settlements of an external payer -------------------------------------------------------

  /** The newest watermark that was settled, Unix milliseconds; 0 before the first. */
  async lastWatermark(tx: SqlSession): Promise<number> {
    const [row] = await tx.query(
      "SELECT COALESCE(MAX(watermark_ms), 0) AS last FROM payout_settlement",
    );
    return int(row, "last");
  }

  /** The run of a settlement; undefined when that watermark was never settled. */
  async settlementRun(tx: SqlSession, watermarkMs: number): Promise<number | undefined> {
    const [row] = await tx.query("SELECT run FROM payout_settlement WHERE watermark_ms = $1", [
      watermarkMs,
    ]);
    return row === undefined ? undefined : int(row, "run");
  }

  async insertSettlement(
    tx: SqlSession,
    settlement: { watermarkMs: number; run: number; atMs: number },
  ): Promise<void> {
    await tx.execute(
      "INSERT INTO payout_settlement (watermark_ms, run, at_ms) VALUES ($1, $2, $3)",
      [settlement.watermarkMs, settlement.run, settlement.atMs],
    );
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
