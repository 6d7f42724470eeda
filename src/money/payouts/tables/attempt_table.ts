import { placeholders, type SqlSession } from "../../../platform/database/mod.ts";
import { bit, int, text, zat } from "./payout_rows.ts";

/** What was tried for a batch, and the transactions that came of it. */
export class AttemptTable {
  async insert(
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

  async ofBatch(
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

  /** The height that the wallet had scanned when it was first called; undefined before that. */
  async startHeight(tx: SqlSession, batch: string): Promise<number | undefined> {
    const [row] = await tx.query(
      "SELECT start_height FROM payout_attempt WHERE batch = $1 ORDER BY number LIMIT 1",
      [batch],
    );
    return row === undefined ? undefined : int(row, "start_height");
  }

  /** Binds a transaction to a batch; false when it belongs to another one. */
  async claimTransaction(
    tx: SqlSession,
    claim: { txid: string; batch: string; shared: boolean },
  ): Promise<boolean> {
    const owners = await this.ownersOf(tx, claim.txid);
    if (owners.includes(claim.batch)) return true;
    if (owners.length > 0 && (!claim.shared || await this.#isOwn(tx, claim.txid))) return false;
    await tx.execute(
      "INSERT INTO payout_transaction (txid, batch, shared) VALUES ($1, $2, $3)",
      [claim.txid, claim.batch, bit(claim.shared)],
    );
    return true;
  }

  /** Takes the claim of a batch back. */
  async disclaimTransaction(
    tx: SqlSession,
    { txid, batch }: { txid: string; batch: string },
  ): Promise<void> {
    await tx.execute("DELETE FROM payout_transaction WHERE txid = $1 AND batch = $2", [
      txid,
      batch,
    ]);
  }

  /**
   * What other batches in given states are to be paid by the same transactions, zatoshis by address:
   * what is paid once pays one of them.
   */
  async owedToOthers(
    tx: SqlSession,
    { batch, txids, states }: {
      readonly batch: string;
      readonly txids: readonly string[];
      readonly states: readonly string[];
    },
  ): Promise<Map<string, bigint>> {
    if (txids.length === 0) return new Map();
    const rows = await tx.query(
      `SELECT address, CAST(SUM(amount_zat - deducted_zat) AS BIGINT) AS owed FROM payout
        WHERE batch <> $1 AND batch IN (
          SELECT batch FROM payout_transaction WHERE txid IN ${placeholders(1, txids.length, 2)})
        AND batch IN (
          SELECT id FROM payout_batch WHERE state IN ${
        placeholders(1, states.length, 2 + txids.length)
      })
        GROUP BY address`,
      [batch, ...txids, ...states],
    );
    return new Map(rows.map((row) => [text(row, "address"), zat(row, "owed")]));
  }

  /** True for a transaction of our own wallet, which pays its one batch. */
  async #isOwn(tx: SqlSession, txid: string): Promise<boolean> {
    const rows = await tx.query(
      "SELECT 1 AS found FROM payout_transaction WHERE txid = $1 AND shared = 0",
      [txid],
    );
    return rows.length > 0;
  }

  async ownersOf(tx: SqlSession, txid: string): Promise<string[]> {
    const rows = await tx.query("SELECT batch FROM payout_transaction WHERE txid = $1", [txid]);
    return rows.map((row) => text(row, "batch"));
  }
}
