/**
 * What stands in the accounts, in the forms in which it is asked for.
 *
 * @module
 */
import { placeholders, type SqlSession } from "../../platform/database/mod.ts";

/** What one miner has, in zatoshis. */
export interface MinerMoney {
  readonly immatureZat: bigint;
  readonly availableZat: bigint;
  readonly reservedZat: bigint;
  readonly paidZat: bigint;
}

/** A miner and what is due to it. */
export interface DueMiner {
  readonly minerId: string;
  readonly availableZat: bigint;
}

/** A piece of the list of due miners. */
export interface DuePage {
  readonly minZat: bigint;
  /** The last one of the page before; empty for the first page. */
  readonly after: string;
  /** 1 to 10,000. */
  readonly limit: number;
}

const NOTHING: MinerMoney = { immatureZat: 0n, availableZat: 0n, reservedZat: 0n, paidZat: 0n };

/** Miners with at least so much available, at least 1 zatoshi, in the order of their ids. */
export async function dueFrom(
  tx: SqlSession,
  { minZat, after, limit }: DuePage,
): Promise<DueMiner[]> {
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

/** The sum of one part over all miners. */
export async function sumOfPart(tx: SqlSession, part: "reserved"): Promise<bigint> {
  const [row] = await tx.query(
    "SELECT coalesce(sum(balance_zat), 0) AS sum FROM journal_account WHERE part = $1",
    [part],
  );
  return (row?.sum ?? 0n) as bigint;
}

/** What stands in the accounts of all miners together, by its part; the pool's own by name. */
export async function sumsOfAccounts(tx: SqlSession): Promise<Map<string, bigint>> {
  const rows = await tx.query(
    `SELECT coalesce(part, name) AS account, sum(balance_zat) AS balance
     FROM journal_account GROUP BY coalesce(part, name)`,
  );
  return new Map(rows.map((row) => [row.account as string, row.balance as bigint]));
}

/** What miners have that is not paid yet, in zatoshis; who has nothing is not in it. */
export async function holdingsByMiner(tx: SqlSession): Promise<Map<string, bigint>> {
  const rows = await tx.query(
    `SELECT owner, sum(balance_zat) AS sum FROM journal_account
     WHERE part IN ('immature', 'available', 'reserved') AND balance_zat <> 0 GROUP BY owner`,
  );
  return new Map(rows.map((row) => [row.owner as string, row.sum as bigint]));
}

/** What some miners have; who has no account is not in it. */
export async function moneyByMiner(
  tx: SqlSession,
  minerIds: readonly string[],
): Promise<{ of(minerId: string): MinerMoney }> {
  const rows = await tx.query(
    `SELECT owner, part, balance_zat FROM journal_account
     WHERE owner IN ${placeholders(1, minerIds.length)}`,
    minerIds,
  );
  const money = new Map<unknown, MinerMoney>();
  for (const { owner, part, balance_zat } of rows) {
    money.set(owner, { ...money.get(owner) ?? NOTHING, [`${part}Zat`]: balance_zat });
  }
  return { of: (minerId) => money.get(minerId) ?? NOTHING };
}
