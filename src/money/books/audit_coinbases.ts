import { displayHash } from "../../base/mod.ts";
import type { SqlRow, SqlSession } from "../../platform/database/mod.ts";
import { Faults, type Invariant } from "./audit_report.ts";
import { paymentsOf } from "./coinbase_splits.ts";

const CHUNK = 1_000;

/**
 * Blocks that pay miners in their own coinbase, each against the split that was written before its
 * job left: the same terms, the same end of its window, the same value, and debts that follow the
 * block's state. What was paid stands in the list of payouts, output by output.
 */
export async function auditCoinbases(tx: SqlSession): Promise<Invariant[]> {
  const faults = new Faults();
  let blocks = 0;
  let paidZat = 0n;
  let after = 0n;
  for (;;) {
    const rows = await tx.query(
      `SELECT block.id, block.hash, block.state, block.value_zat, block_settlement.epoch,
         block_settlement.through_share, block_settlement.matured, coinbase_split.id AS split,
         coinbase_split.epoch AS split_epoch, coinbase_split.through_share AS split_through,
         coinbase_split.value_zat AS split_value, coinbase_split.coinbase_txid,
         coinbase_payment.state AS debts
       FROM block JOIN coinbase_split ON coinbase_split.coinbase_txid = block.coinbase_txid
       JOIN block_settlement ON block_settlement.hash = block.hash
       LEFT JOIN coinbase_payment ON coinbase_payment.hash = block.hash
       WHERE block.id > $1 ORDER BY block.id LIMIT ${CHUNK}`,
      [after],
    );
    for (const row of rows) {
      after = row.id as bigint;
      blocks++;
      compareSplit(row, faults);
      paidZat += await comparePayouts(tx, row, faults);
    }
    if (rows.length < CHUNK) break;
  }
  return [faults.result("coinbases-equal-splits", `${blocks} blocks, ${paidZat} zat paid`)];
}

function compareSplit(row: SqlRow, faults: Faults): void {
  const hash = displayHash(row.hash as Uint8Array);
  const compare = (what: string, found: string, expected: string): void =>
    faults.compare(`${what} of block ${hash}`, row[found] as bigint, row[expected] as bigint);
  compare("the epoch", "epoch", "split_epoch");
  compare("the last share", "through_share", "split_through");
  compare("the value", "value_zat", "split_value");
  const expected = row.matured === 1n
    ? ["paid"]
    : row.state === "orphaned"
    ? ["given-up"]
    : ["set-aside", "given-up"];
  if (!expected.includes(String(row.debts))) {
    faults.add(`block ${hash} is ${row.state} and its debts are ${row.debts}`);
  }
}

/** @returns what the block has paid. */
async function comparePayouts(tx: SqlSession, row: SqlRow, faults: Faults): Promise<bigint> {
  const hash = displayHash(row.hash as Uint8Array);
  const txid = displayHash(row.coinbase_txid as Uint8Array);
  const payments = await paymentsOf(tx, row.split as bigint);
  const promised = payments.reduce((sum, { debtZat, partZat }) => sum + debtZat + partZat, 0n);
  if (promised > (row.split_value as bigint)) {
    faults.add(`the coinbase of block ${hash} pays ${promised} zat, it has ${row.split_value}`);
  }
  const rows = await tx.query(
    "SELECT miner_id, amount_zat, txid FROM coinbase_payout WHERE hash = $1",
    [row.hash as Uint8Array],
  );
  const left = new Map(rows.map((each) => [each.miner_id as string, each]));
  for (const { minerId, debtZat, partZat } of row.debts === "paid" ? payments : []) {
    const payout = left.get(minerId);
    left.delete(minerId);
    const amount = (payout?.amount_zat ?? 0n) as bigint;
    faults.compare(`what block ${hash} has paid ${minerId}`, amount, debtZat + partZat);
    if (payout !== undefined && payout.txid !== txid) {
      faults.add(`the payout of ${minerId} by block ${hash} names transaction ${payout.txid}`);
    }
  }
  for (const minerId of left.keys()) {
    faults.add(`block ${hash} has a payout of ${minerId}, which its coinbase does not pay`);
  }
  return row.debts === "paid" ? promised : 0n;
}
