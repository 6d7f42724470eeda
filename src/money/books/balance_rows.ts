/**
 * What stands in the accounts, in the forms in which it is asked for.
 *
 * @module
 */
import { type Account, type BalanceSummary, type MinerBalance, ownerOf } from "../ledger/mod.ts";
import type { SqlSession } from "../../platform/database/mod.ts";

/** An account and what stands in it. */
export interface AccountBalance {
  readonly account: Account;
  readonly amountZat: bigint;
}

/** Where a list goes on, and how long it may be. */
export interface Page {
  /** The last one of the page before; empty for the first page. */
  readonly after: string;
  /** 1 to 10,000. */
  readonly limit: number;
}

/** Accounts that are not at 0 in the order of their names, those that begin with the prefix. */
export async function balancesFrom(
  tx: SqlSession,
  prefix: string,
  { after, limit }: Page,
): Promise<AccountBalance[]> {
  const rows = await tx.query(
    `SELECT name, balance_zat FROM journal_account
     WHERE name > $1 AND name >= $2 AND name < $3 AND balance_zat <> 0
     ORDER BY name LIMIT $4`,
    // Names are printable ASCII: nothing that begins with the prefix comes after this.
    [after, prefix, `${prefix}\u007f`, limit],
  );
  return rows.map((row) => ({
    account: row.name as Account,
    amountZat: row.balance_zat as bigint,
  }));
}

/** Miners with at least so much available, at least 1 zatoshi, in the order of their ids. */
export async function dueFrom(
  tx: SqlSession,
  { minZat, after, limit }: Page & { readonly minZat: bigint },
): Promise<{ minerId: string; availableZat: bigint }[]> {
  const rows = await tx.query(
    `SELECT owner, balance_zat FROM journal_account
     WHERE part = 'available' AND owner > $1 AND balance_zat >= $2 ORDER BY owner LIMIT $3`,
    [after, minZat > 1n ? minZat : 1n, limit],
  );
  return rows.map((row) => ({
    minerId: row.owner as string,
    availableZat: row.balance_zat as bigint,
  }));
}

/** What one miner has; all 0 for one that nobody knows. */
export async function minerBalance(tx: SqlSession, minerId: string): Promise<MinerBalance> {
  const rows = await tx.query(
    "SELECT name, balance_zat FROM journal_account WHERE name IN ($1, $2, $3, $4)",
    [
      ...["immature", "available", "reserved"].map((p) => `miner:${minerId}:${p}`),
      `paid-out:${minerId}`,
    ],
  );
  const balance = { immature: 0n, available: 0n, reserved: 0n, paid: 0n };
  for (const row of rows) {
    const owner = ownerOf(row.name as Account);
    if (owner !== undefined) balance[owner.part] = row.balance_zat as bigint;
  }
  return balance;
}

/** The sum of one part over all miners. */
export async function sumOfPart(tx: SqlSession, part: keyof MinerBalance): Promise<bigint> {
  const [row] = await tx.query(
    "SELECT coalesce(sum(balance_zat), 0) AS sum FROM journal_account WHERE part = $1",
    [part],
  );
  return (row?.sum ?? 0n) as bigint;
}

/** Sums over all accounts. */
export async function summaryOf(tx: SqlSession): Promise<LedgerSummary> {
  const rows = await tx.query(
    `SELECT coalesce(part, name) AS of, sum(balance_zat) AS sum FROM journal_account
     GROUP BY coalesce(part, name)`,
  );
  const sums = new Map(rows.map((row) => [row.of as string, row.sum as bigint]));
  const sum = (of: string): bigint => sums.get(of) ?? 0n;
  const [immature, available, reserved] = [sum("immature"), sum("available"), sum("reserved")];
  return {
    immature,
    available,
    reserved,
    paid: sum("paid"),
    liability: immature + available + reserved,
    poolFee: sum("pool-fee"),
    poolVariance: sum("pool-variance"),
    networkFee: sum("network-fee"),
    suspense: sum("suspense"),
    blockIncomeImmature: -sum("block-income:immature"),
    blockIncomeMature: -sum("block-income:mature"),
  };
}

/** Sums over all accounts; what blocks brought is positive here. */
export interface LedgerSummary extends BalanceSummary {
  readonly networkFee: bigint;
  readonly suspense: bigint;
  readonly blockIncomeImmature: bigint;
  readonly blockIncomeMature: bigint;
}
