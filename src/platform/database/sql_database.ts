/**
 * The door to a database for everything that is money or belongs to it: one dialect of SQL that
 * SQLite and PostgreSQL both understand, so that such tables are written about once.
 *
 * What the dialect is: placeholders `$1` to `$n`; `INSERT … ON CONFLICT`, `RETURNING`,
 * `UPDATE … FROM`; a list of rows as `(VALUES …) AS v` with columns `column1`, `column2` …; truth as
 * 0 and 1 in integer columns. Schemas are written with the words of {@link portable}.
 *
 * @module
 */

/** What a column or parameter holds; integers of any width come back as `bigint`. */
export type SqlValue = string | bigint | number | Uint8Array | null;

/** A row by its column names. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** Statements within one transaction. Used after it has ended, they are refused as `closed`. */
export interface SqlSession {
  /** For the few statements whose speed needs a form of their own in one of the databases. */
  readonly kind: "sqlite" | "postgres";
  /**
   * Another one after connections were lost: then the server may lack commits that it had confirmed,
   * and what is remembered of its rows may be wrong. Missing where that cannot happen.
   */
  readonly server?: object;
  /** Runs a statement and gives its rows; the statement limits their number. */
  query(sql: string, parameters?: readonly SqlValue[]): Promise<SqlRow[]>;
  /** Runs a statement and says how many rows it inserted, updated or deleted. */
  execute(sql: string, parameters?: readonly SqlValue[]): Promise<number>;
}

/** A database. Every method rejects with a `StorageError`; errors of the given work pass through. */
export interface SqlDatabase {
  readonly kind: "sqlite" | "postgres";

  /**
   * Runs the work in one transaction, and undoes all of it when the work throws. There is one such
   * transaction at a time in the whole database, also between processes, so that what it reads is
   * what it changes; accepted shares alone are written beside it. It holds that place until it ends:
   * nothing that waits for the network belongs inside. Never start one inside another.
   *
   * A call that failed with `io` may have been committed all the same (the answer got lost): work is
   * made so that it can be repeated. What a resolved call wrote survives a loss of power.
   */
  transaction<T>(work: (tx: SqlSession) => Promise<T>): Promise<T>;

  /**
   * Runs the work in one transaction that does not wait for those of {@link transaction} between
   * processes: for what comes from miners, where no row that is read decides what is written.
   */
  write<T>(work: (tx: SqlSession) => Promise<T>): Promise<T>;

  /** Runs the work on a snapshot: everything that it reads is of one moment. It cannot write. */
  read<T>(work: (tx: SqlSession) => Promise<T>): Promise<T>;

  /** Waits for what runs and releases everything; further calls reject with `closed`. */
  close(): Promise<void>;
}

/** SQLite takes at most 32,766 parameters in a statement, PostgreSQL 65,535. */
const PARAMETERS_MAX = 30_000;

/**
 * Rows in one statement. Few lengths, so that a database compiles each statement some times and not
 * for every length of a list; more rows gain nothing, and SQLite's calls hold the event loop.
 */
const LENGTHS = [500, 100, 20, 4, 1] as const;

/**
 * Pieces of a list of rows that fit into one statement each.
 *
 * @param width values in a row.
 */
export function* rowChunks<T>(rows: readonly T[], width: number): Generator<readonly T[]> {
  const most = Math.max(1, Math.floor(PARAMETERS_MAX / Math.max(1, width)));
  let from = 0;
  while (from < rows.length) {
    const left = Math.min(rows.length - from, most);
    const length = LENGTHS.find((some) => some <= left) ?? 1;
    yield rows.slice(from, from + length);
    from += length;
  }
}

/**
 * The placeholders of a list of rows: `($1, $2), ($3, $4)`.
 *
 * @param first the number of the first one.
 */
export function placeholders(rows: number, width: number, first = 1): string {
  const groups: string[] = [];
  for (let row = 0; row < rows; row++) {
    const names = Array.from({ length: width }, (_, column) => `$${first + row * width + column}`);
    groups.push(`(${names.join(", ")})`);
  }
  return groups.join(", ");
}

/** Inserts any number of rows, in statements of a bounded size; says how many were inserted. */
export async function insertRows(
  tx: SqlSession,
  into: string,
  rows: readonly (readonly SqlValue[])[],
  suffix = "",
): Promise<number> {
  const width = rows[0]?.length ?? 1;
  let inserted = 0;
  for (const chunk of rowChunks(rows, width)) {
    const sql = `INSERT INTO ${into} VALUES ${placeholders(chunk.length, width)} ${suffix}`;
    inserted += await tx.execute(sql, chunk.flat());
  }
  return inserted;
}
