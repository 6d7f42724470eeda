import type { SqlSession } from "../../platform/database/mod.ts";
import { Faults, type Invariant } from "./audit_report.ts";

const CHUNK = 2_000;

/** A part of the accounts beside the payouts that explain it. */
const PARTS = [
  {
    part: "reserved",
    sum: "sum(amount_zat)",
    which: "ended IS NULL",
    name: "reserved-equals-live-payouts",
  },
  {
    part: "paid",
    sum: "sum(amount_zat - deducted_zat)",
    which: "ended = 'settled'",
    name: "paid-equals-settled-payouts",
  },
] as const;

/** What is reserved for each miner, and what was paid to it, against the payouts themselves. */
export async function auditPayouts(tx: SqlSession): Promise<Invariant[]> {
  const invariants: Invariant[] = [];
  for (const { part, sum, which, name } of PARTS) {
    const faults = new Faults();
    const accounts = await sums(
      tx,
      `SELECT owner AS miner, balance_zat AS sum FROM journal_account
       WHERE part = '${part}' AND owner > $1 ORDER BY owner LIMIT ${CHUNK}`,
    );
    const payouts = await sums(
      tx,
      `SELECT miner_id AS miner, ${sum} AS sum FROM payout WHERE ${which} AND miner_id > $1
       GROUP BY miner_id ORDER BY miner_id LIMIT ${CHUNK}`,
    );
    let total = 0n;
    for (const [minerId, amount] of accounts) {
      total += amount;
      faults.compare(`what is ${part} for ${minerId}`, amount, payouts.get(minerId) ?? 0n);
    }
    for (const [minerId, amount] of payouts) {
      if (!accounts.has(minerId)) faults.compare(`what is ${part} for ${minerId}`, 0n, amount);
    }
    invariants.push(faults.result(name, `${accounts.size} miners, ${total} zat`));
  }
  return invariants;
}

async function sums(tx: SqlSession, sql: string): Promise<Map<string, bigint>> {
  const found = new Map<string, bigint>();
  let after = "";
  for (;;) {
    const rows = await tx.query(sql, [after]);
    for (const row of rows) {
      after = row.miner as string;
      found.set(after, row.sum as bigint);
    }
    if (rows.length < CHUNK) return found;
  }
}
