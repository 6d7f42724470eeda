/**
 * The lines of the journal with the entries that they belong to.
 *
 * @module
 */
import type { Account } from "../ledger/mod.ts";
import type { SqlRow, SqlSession } from "../../platform/database/mod.ts";

/** One side of a movement in the journal. */
export interface JournalRow {
  /** Numbers grow with time; the lines of an entry have the same. */
  readonly entry: bigint;
  readonly key: string;
  readonly atMs: number;
  readonly reason: string;
  /** Empty: no entry is made by a person. */
  readonly actor: string;
  readonly account: string;
  readonly amountZat: bigint;
}

const LINES = `SELECT journal_entry.id AS entry, key, at_ms, reason, actor, name, amount_zat
  FROM journal_entry
  JOIN journal_line ON journal_line.entry = journal_entry.id
  JOIN journal_account ON journal_account.id = journal_line.account`;

/**
 * Entries in their order, whole ones, from after one on.
 *
 * @param range.entries the most entries to read, each with all its lines.
 */
export async function entriesFrom(
  tx: SqlSession,
  range: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly after: bigint;
    readonly entries: number;
  },
): Promise<JournalRow[]> {
  const rows = await tx.query(
    `${LINES} WHERE journal_entry.id IN (
       SELECT id FROM journal_entry WHERE id > $1 AND at_ms >= $2 AND at_ms < $3
       ORDER BY id LIMIT $4
     ) ORDER BY journal_entry.id, name`,
    [range.after, range.fromMs, range.toMs, range.entries],
  );
  return rows.map(journalRow);
}

/** The newest movements of one miner's money first. */
export async function movementsOf(
  tx: SqlSession,
  minerId: string,
  limit: number,
): Promise<JournalRow[]> {
  const rows = await tx.query(
    `${LINES} WHERE owner = $1 ORDER BY journal_entry.id DESC, name LIMIT $2`,
    [minerId, limit],
  );
  return rows.map(journalRow);
}

/** The lines of an account from a moment on, the newest first. */
export async function linesOf(
  tx: SqlSession,
  account: Account,
  { fromMs, limit }: { readonly fromMs: number; readonly limit: number },
): Promise<JournalRow[]> {
  const rows = await tx.query(
    `${LINES} WHERE journal_line.account = (SELECT id FROM journal_account WHERE name = $1)
       AND at_ms >= $2 ORDER BY journal_line.entry DESC LIMIT $3`,
    [account, fromMs, limit],
  );
  return rows.map(journalRow);
}

function journalRow(row: SqlRow): JournalRow {
  return {
    entry: row.entry as bigint,
    key: row.key as string,
    atMs: Number(row.at_ms),
    reason: row.reason as string,
    actor: row.actor as string,
    account: row.name as string,
    amountZat: row.amount_zat as bigint,
  };
}
