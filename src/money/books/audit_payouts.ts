import type { SqlSession } from "../../platform/database/mod.ts";
import { Faults, type Invariant } from "./audit_report.ts";

const CHUNK = 2_000;

/** A part of the accounts beside what explains it: payouts by transactions, and by coinbases. */
const PARTS = [
  {
    part: "reserved",
    explained: `SELECT miner_id, amount_zat AS zat FROM payout WHERE ended IS NULL
      UNION ALL SELECT miner_id, debt_zat FROM coinbase_payee
      JOIN coinbase_payment ON coinbase_payment.split = coinbase_payee.split
      WHERE state = 'set-aside'`,
    name: "reserved-equals-live-payouts",
  },
  {
    part: "paid",
    explained: `SELECT miner_id, amount_zat - deducted_zat AS zat FROM payout
      WHERE ended = 'settled'
      UNION ALL SELECT miner_id, debt_zat + part_zat FROM coinbase_payee
      JOIN coinbase_payment ON coinbase_payment.split = coinbase_payee.split
      WHERE state = 'paid'`,
    name: "paid-equals-settled-payouts",
  },
] as const;

/** What is reserved for each miner, and what was paid to it, against the payouts themselves. */
export async function auditPayouts(tx: SqlSession): Promise<Invariant[]> {
  const invariants: Invariant[] = [];
  for (const { part, explained, name } of PARTS) {
    const faults = new Faults();
    const accounts = await sums(
      tx,
      `SELECT owner AS miner, balance_zat AS sum FROM journal_account
       WHERE part = '${part}' AND owner > $1 ORDER BY owner LIMIT ${CHUNK}`,
    );
    const payouts = await sums(
      tx,
      `SELECT miner_id AS miner, sum(zat) AS sum FROM (${explained}) AS explained
       WHERE miner_id > $1 GROUP BY miner_id ORDER BY miner_id LIMIT ${CHUNK}`,
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
