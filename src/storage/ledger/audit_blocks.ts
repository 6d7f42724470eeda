import { displayHash } from "../../base/mod.ts";
import type { SqlSession } from "../sql/sql_database.ts";
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
      const lines = journal.blocks.get(hash) ?? new Map<string, bigint>();
      const state = row.state as string;
      // A lost mature block keeps what miners were credited; the pool has borne it.
      const brought = state === "orphaned" ? 0n : value;
      const place = row.matured === 1n ? "mature" : "immature";
      const other = place === "mature" ? "immature" : "mature";
      const came = -(lines.get(`block-income:${place}`) ?? 0n);
      faults.compare(`what block ${hash} brought`, came, brought);
      faults.compare(
        `what block ${hash} brought as ${other}`,
        lines.get(`block-income:${other}`) ?? 0n,
        0n,
      );
      expected[place] += brought;
      if (state === "orphaned" && row.matured === 0n) {
        for (const [account, amount] of lines) {
          faults.compare(`what orphaned block ${hash} left in ${account}`, amount, 0n);
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
