import type { SqlSession } from "../../../platform/database/mod.ts";
import {
  BATCH,
  batchValues,
  bit,
  int,
  PAYOUT,
  type PayoutBatchRow,
  type PayoutRow,
  placeholders,
  readBatch,
  text,
  zat,
} from "./payout_rows.ts";

/** Batches and the state of each. */
export class BatchTable {
  /** The next number of a batch; unique because one writer at a time gets past the lease. */
  async nextNumber(tx: SqlSession): Promise<number> {
    const [row] = await tx.query("SELECT COALESCE(MAX(number), 0) AS last FROM payout_batch");
    return int(row, "last") + 1;
  }

  /** A second live payout of a miner breaks a unique index. */
  async insert(
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

  async find(tx: SqlSession, id: string): Promise<PayoutBatchRow | undefined> {
    const [row] = await tx.query(`SELECT ${BATCH} FROM payout_batch WHERE id = $1`, [id]);
    return row === undefined ? undefined : readBatch(row);
  }

  /** Those that are not final, oldest first. */
  async live(tx: SqlSession, limit: number): Promise<PayoutBatchRow[]> {
    const rows = await tx.query(
      `SELECT ${BATCH} FROM payout_batch WHERE is_final = 0 ORDER BY number LIMIT $1`,
      [limit],
    );
    return rows.map(readBatch);
  }

  /** Those that are neither final nor in somebody else's hands, after a number, oldest first. */
  async driven(tx: SqlSession, after: number, limit: number): Promise<PayoutBatchRow[]> {
    const rows = await tx.query(
      `SELECT ${BATCH} FROM payout_batch WHERE is_final = 0 AND state <> 'handed' AND number > $1
        ORDER BY number LIMIT $2`,
      [after, limit],
    );
    return rows.map(readBatch);
  }

  /** Those that were settled from a moment on, newest first. */
  async settledSince(tx: SqlSession, sinceMs: number, limit: number): Promise<PayoutBatchRow[]> {
    const rows = await tx.query(
      `SELECT ${BATCH} FROM payout_batch WHERE state = 'settled' AND changed_at_ms >= $1
        ORDER BY changed_at_ms DESC, number DESC LIMIT $2`,
      [sinceMs, limit],
    );
    return rows.map(readBatch);
  }

  /** The newest first. */
  async newest(tx: SqlSession, limit: number, before: number): Promise<PayoutBatchRow[]> {
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

  /**
   * Other batches may be sent beside this one. False when the version has passed, as in
   * {@link saveState}: a change that was made from the former row would occupy the wallet again.
   */
  async vacateWallet(
    tx: SqlSession,
    { id, version }: Pick<PayoutBatchRow, "id" | "version">,
  ): Promise<boolean> {
    return await tx.execute(
      `UPDATE payout_batch SET occupies = 0, version = version + 1
        WHERE id = $1 AND version = $2 AND occupies = 1`,
      [id, version],
    ) === 1;
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
}
