import {
  type Account,
  balanceFault,
  type JournalEntry,
  JournalError,
  type JournalLine,
  makeEntry,
  ownerOf,
  sameEntry,
} from "../ledger/mod.ts";
import { numberArray, textArray } from "../../platform/database/mod.ts";
import {
  insertRows,
  placeholders,
  rowChunks,
  type SqlSession,
  type SqlValue,
} from "../../platform/database/mod.ts";

/** Balances moved by one statement; SQLite holds the event loop for some 4 ms meanwhile. */
const LINES_PER_UPDATE = { sqlite: 2_000, postgres: 20_000 } as const;
/** Lines in one statement to a server; a line with the longest name has 300 bytes. */
const LINES_PER_ARRAY = 5_000;

/**
 * Posts an entry within the caller's transaction, and with it the balances of its accounts.
 *
 * @returns `exists` when the very same was posted before, and then nothing changes.
 * @throws {JournalError} when the id stands for another movement already, or when a balance would be
 * where it cannot be. The transaction has to be undone then.
 */
export async function postEntry(
  tx: SqlSession,
  entry: JournalEntry,
): Promise<"posted" | "exists"> {
  // Made again here: what is written has been checked, no matter who made it.
  const { id, atMs, reason, lines } = makeEntry(entry);
  const [row] = await tx.query(
    `INSERT INTO journal_entry (key, at_ms, reason, actor) VALUES ($1, $2, $3, '')
     ON CONFLICT (key) DO NOTHING RETURNING id`,
    [id, atMs, reason],
  );
  if (row === undefined) {
    const former = await findEntry(tx, id);
    if (former !== undefined && sameEntry(former, entry)) return "exists";
    throw new JournalError(`Cannot post ${id}: it was posted with other lines`);
  }
  await refuseOverdraft(tx, id, lines);
  const number = row.id as bigint;
  const chunks = tx.kind === "sqlite" ? rowChunks(lines, 4) : pieces(lines, LINES_PER_ARRAY);
  for (const chunk of chunks) await writeLines(tx, number, chunk);
  await moveBalances(tx, number, lines.length);
  return "posted";
}

/** The entry of an id. */
export async function findEntry(tx: SqlSession, id: string): Promise<JournalEntry | undefined> {
  const [row] = await tx.query(
    "SELECT id, key, at_ms, reason FROM journal_entry WHERE key = $1",
    [id],
  );
  if (row === undefined) return undefined;
  const lines = await tx.query(
    `SELECT journal_account.name, journal_line.amount_zat FROM journal_line
     JOIN journal_account ON journal_account.id = journal_line.account
     WHERE journal_line.entry = $1 ORDER BY journal_line.account`,
    [row.id as bigint],
  );
  return {
    id: row.key as string,
    atMs: Number(row.at_ms),
    reason: row.reason as string,
    lines: lines.map(({ name, amount_zat }) => ({
      account: name as Account,
      amountZat: amount_zat as bigint,
    })),
  };
}

/**
 * Only an account that is taken from can end where it must not; these are few, or the lines of a
 * block that matures. The database's own rule stands behind this one.
 */
async function refuseOverdraft(
  tx: SqlSession,
  id: string,
  lines: readonly JournalLine[],
): Promise<void> {
  const risky = lines.filter(({ account, amountZat }) =>
    signOf(account) === 1n ? amountZat < 0n : signOf(account) === -1n && amountZat > 0n
  );
  for (const chunk of rowChunks(risky, 1)) {
    const rows = await tx.query(
      `SELECT name, balance_zat FROM journal_account
       WHERE name IN (${chunk.map((_, index) => `$${index + 1}`).join(", ")})`,
      chunk.map(({ account }) => account),
    );
    const balances = new Map(rows.map((row) => [row.name, row.balance_zat as bigint]));
    for (const { account, amountZat } of chunk) {
      const fault = balanceFault(account, (balances.get(account) ?? 0n) + amountZat);
      if (fault !== undefined) throw new JournalError(`Cannot post ${id}: then ${fault}`);
    }
  }
}

/** Makes rows for the accounts that have none. */
export async function openAccounts(tx: SqlSession, accounts: readonly Account[]): Promise<void> {
  const rows = accounts.map((account): SqlValue[] => {
    const owner = ownerOf(account);
    return [account, owner?.minerId ?? null, owner?.part ?? null, signOf(account)];
  });
  await insertRows(
    tx,
    "journal_account (name, owner, part, sign)",
    rows,
    "ON CONFLICT (name) DO NOTHING",
  );
}

/** Most accounts are there already: only when some are not, they are made. */
async function writeLines(
  tx: SqlSession,
  entry: bigint,
  lines: readonly JournalLine[],
): Promise<void> {
  const { insert, values } = tx.kind === "sqlite"
    ? listInsert(entry, lines)
    : arrayInsert(entry, lines);
  let written = await tx.execute(insert, values);
  if (written < lines.length) {
    await openAccounts(tx, lines.map(({ account }) => account));
    written += await tx.execute(insert, values);
  }
  if (written !== lines.length) {
    throw new JournalError(
      `Cannot post an entry: ${written} lines of ${lines.length} were written`,
    );
  }
}

interface LineInsert {
  readonly insert: string;
  readonly values: SqlValue[];
}

function listInsert(entry: bigint, lines: readonly JournalLine[]): LineInsert {
  const values = [...lines.flatMap(({ account, amountZat }) => [account, amountZat]), entry];
  const insert = `INSERT INTO journal_line (entry, account, amount_zat)
    SELECT $${values.length}, journal_account.id, v.column2
    FROM (VALUES ${placeholders(lines.length, 2)}) AS v
    JOIN journal_account ON journal_account.name = v.column1
    WHERE true ON CONFLICT (entry, account) DO NOTHING`;
  return { insert, values };
}

/** A server reads two arrays much faster than ten thousand parameters. */
function arrayInsert(entry: bigint, lines: readonly JournalLine[]): LineInsert {
  const insert = `INSERT INTO journal_line (entry, account, amount_zat)
    SELECT $3, journal_account.id, v.amount_zat
    FROM unnest($1::text[], $2::bigint[]) AS v (name, amount_zat)
    JOIN journal_account ON journal_account.name = v.name
    ON CONFLICT (entry, account) DO NOTHING`;
  const names = textArray(lines.map(({ account }) => account));
  return { insert, values: [names, numberArray(lines.map(({ amountZat }) => amountZat)), entry] };
}

function* pieces<T>(list: readonly T[], length: number): Generator<readonly T[]> {
  for (let from = 0; from < list.length; from += length) yield list.slice(from, from + length);
}

/** The balances follow from the lines that were written. */
async function moveBalances(tx: SqlSession, entry: bigint, lines: number): Promise<void> {
  let after = 0n;
  let moved = 0;
  while (moved < lines) {
    const piece = `(SELECT account, amount_zat FROM journal_line WHERE entry = $1 AND account > $2
      ORDER BY account LIMIT ${LINES_PER_UPDATE[tx.kind]}) AS line`;
    moved += await tx.execute(
      `UPDATE journal_account SET balance_zat = balance_zat + line.amount_zat
       FROM ${piece} WHERE journal_account.id = line.account`,
      [entry, after],
    );
    const [row] = await tx.query(`SELECT max(account) AS last FROM ${piece}`, [entry, after]);
    if (row?.last === null || row?.last === undefined) break;
    after = row.last as bigint;
  }
  if (moved !== lines) {
    throw new JournalError(`Cannot post an entry: ${moved} balances of ${lines} were moved`);
  }
}

/** 1 for accounts that never stand below 0, -1 for those that never stand above. */
function signOf(account: Account): bigint {
  if (balanceFault(account, -1n) !== undefined) return 1n;
  return balanceFault(account, 1n) === undefined ? 0n : -1n;
}
