import type { SqlSession } from "../../platform/database/mod.ts";
import { paymentsOf } from "./coinbase_splits.ts";

/** A block that pays miners in its coinbase, as the ledger has it. Hashes in internal order. */
export interface PaidBlock {
  readonly id: bigint;
  readonly hash: Uint8Array;
  readonly height: number;
  readonly coinbaseTxid: Uint8Array;
  readonly state: "set-aside" | "paid";
  readonly owed: readonly {
    readonly minerId: string;
    /** By the split that was written before its job left. */
    readonly promisedZat: bigint;
    /** By the list of payouts; undefined where it does not stand there. */
    readonly bookedZat: bigint | undefined;
  }[];
}

/** Those from a height on, by height; the next page begins after the last one of this. */
export async function paidBlocks(
  tx: SqlSession,
  after: { readonly height: number; readonly id: bigint },
  limit: number,
): Promise<PaidBlock[]> {
  const rows = await tx.query(
    `SELECT block.id, block.hash, block.height, block.coinbase_txid, coinbase_payment.state,
       coinbase_payment.split
     FROM coinbase_payment JOIN block ON block.hash = coinbase_payment.hash
     WHERE coinbase_payment.state IN ('set-aside', 'paid')
       AND (block.height > $1 OR (block.height = $1 AND block.id > $2))
     ORDER BY block.height, block.id LIMIT $3`,
    [after.height, after.id, limit],
  );
  const blocks: PaidBlock[] = [];
  for (const row of rows) {
    const booked = new Map(
      (await tx.query("SELECT miner_id, amount_zat FROM coinbase_payout WHERE hash = $1", [
        row.hash as Uint8Array,
      ]))
        .map(({ miner_id, amount_zat }) => [miner_id as string, amount_zat as bigint]),
    );
    const payments = await paymentsOf(tx, row.split as bigint);
    blocks.push({
      id: row.id as bigint,
      hash: row.hash as Uint8Array,
      height: Number(row.height),
      coinbaseTxid: row.coinbase_txid as Uint8Array,
      state: row.state as PaidBlock["state"],
      owed: payments.map(({ minerId, debtZat, partZat }) => ({
        minerId,
        promisedZat: debtZat + partZat,
        bookedZat: booked.get(minerId),
      })),
    });
  }
  return blocks;
}
