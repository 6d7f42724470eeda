import { displayHash } from "../../base/mod.ts";
import type { SqlSession } from "../../platform/database/mod.ts";
import type { JournalSums } from "./audit_journal.ts";
import { Faults, type Invariant } from "./audit_report.ts";

const CHUNK = 1_000;

/**
 * Each divided block against its entries: while it is immature or mature exactly its value came in
 * and went to miners, fee or variance; once it is orphaned nothing is left of it.
 */
export async function auditBlocks(tx: SqlSession, journal: JournalSums): Promise<Invariant[]> {
  const faults = new Faults();
  const income = new Faults();
  const expected = { immature: 0n, mature: 0n };
  let blocks = 0;
  let after = 0n;
  const seen = new Set<string>();
  for (;;) {
    const rows = await tx.query(
      `SELECT block.id, block.hash, block.state, block.value_zat, block_settlement.matured
       FROM block JOIN block_settlement ON block_settlement.hash = block.hash
       WHERE block.id > $1 ORDER BY block.id LIMIT ${CHUNK}`,
      [after],
    );
    for (const row of rows) {
      after = row.id as bigint;
      blocks++;
      const hash = displayHash(row.hash as Uint8Array);
      seen.add(hash);
      const value = row.value_zat as bigint;
      const lines = journal.blocks.get(hash) ?? { immature: 0n, mature: 0n };
      const state = row.state as string;
      // A lost mature block keeps what miners were credited; the pool has borne it.
      const brought = state === "orphaned" ? 0n : value;
      const place = row.matured === 1n ? "mature" : "immature";
      const other = place === "mature" ? "immature" : "mature";
      faults.compare(`what block ${hash} brought`, -lines[place], brought);
      faults.compare(`what block ${hash} brought as ${other}`, lines[other], 0n);
      expected[place] += brought;
      if (state === "orphaned" && row.matured === 0n) {
        for (const { account, amountZat } of await leftOf(tx, hash)) {
          faults.add(`orphaned block ${hash} left ${amountZat} in ${account}`);
        }
      }
      if ((state === "immature") !== (row.matured === 0n) && state !== "orphaned") {
        faults.add(`block ${hash} is ${state} and matured = ${row.matured}`);
      }
    }
    if (rows.length < CHUNK) break;
  }
  for (const hash of journal.blocks.keys()) {
    if (!seen.has(hash)) faults.add(`the journal has block ${hash}, which was not divided`);
  }
  for (const place of ["immature", "mature"] as const) {
    const [row] = await tx.query("SELECT balance_zat FROM journal_account WHERE name = $1", [
      `block-income:${place}`,
    ]);
    const balance = (row?.balance_zat ?? 0n) as bigint;
    income.compare(`block-income:${place}`, -balance, expected[place]);
  }
  return [
    faults.result("block-credits-equal-reward", `${blocks} divided blocks`),
    income.result(
      "block-income-equals-blocks",
      `immature ${expected.immature} zat, mature ${expected.mature} zat`,
    ),
  ];
}

/** Accounts in which all entries of a block together do not come to 0. */
async function leftOf(
  tx: SqlSession,
  hash: string,
): Promise<{ readonly account: string; readonly amountZat: bigint }[]> {
  // Keys of a block begin with this and end with what happened; ";" follows ":".
  const rows = await tx.query(
    `SELECT name, sum(amount_zat) AS amount FROM journal_entry
     JOIN journal_line ON journal_line.entry = journal_entry.id
     JOIN journal_account ON journal_account.id = journal_line.account
     WHERE key >= $1 AND key < $2 GROUP BY name HAVING sum(amount_zat) <> 0 ORDER BY name`,
    [`block:${hash}:`, `block:${hash};`],
  );
  return rows.map((row) => ({
    account: row.name as string,
    amountZat: row.amount as bigint,
  }));
}
