import type { SqlSession } from "../../../platform/database/mod.ts";
import { bit, int, keptText, optionalText, type ShieldingRow, text, zat } from "./payout_rows.ts";

/** Coinbase outputs on their way into a shielded pool. */
export class ShieldingTable {
  async insert(
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

  async update(
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
        keptText(next.detail),
        id,
      ],
    );
  }

  async live(tx: SqlSession, wallet: string): Promise<ShieldingRow | undefined> {
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
}
