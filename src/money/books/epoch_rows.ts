import {
  changesTerms,
  type Epoch,
  type Scheme,
  SCHEMES,
  WINDOW_UNITS,
  type WindowUnit,
} from "../ledger/mod.ts";
import { StorageError } from "../../platform/database/mod.ts";
import type { SqlRow, SqlSession } from "../../platform/database/mod.ts";

/** An epoch with the number under which the ledger refers to it. */
export interface StoredEpoch extends Epoch {
  readonly number: bigint;
  /** Shares up to this row id were accepted under the epoch before. */
  readonly afterShare: bigint;
}

const COLUMNS = "id, from_ms, scheme, fee_ppm, pplns_window, pplns_window_unit, after_share";

/** The newest epochs first. */
export async function newestEpochs(tx: SqlSession, limit: number): Promise<StoredEpoch[]> {
  const rows = await tx.query(`SELECT ${COLUMNS} FROM epoch ORDER BY from_ms DESC LIMIT $1`, [
    limit,
  ]);
  return rows.map(epochOfRow);
}

/** The epoch that held at a moment; undefined when none had begun. */
export async function epochBefore(
  tx: SqlSession,
  atMs: number,
): Promise<StoredEpoch | undefined> {
  const [row] = await tx.query(
    `SELECT ${COLUMNS} FROM epoch WHERE from_ms <= $1 ORDER BY from_ms DESC LIMIT 1`,
    [atMs],
  );
  return row === undefined ? undefined : epochOfRow(row);
}

/** The epoch that had begun last when a share was written; undefined when none had. */
export async function epochOfShare(
  tx: SqlSession,
  share: bigint,
): Promise<StoredEpoch | undefined> {
  const [row] = await tx.query(
    `SELECT ${COLUMNS} FROM epoch WHERE after_share < $1 ORDER BY from_ms DESC LIMIT 1`,
    [share],
  );
  return row === undefined ? undefined : epochOfRow(row);
}

/**
 * The newest epoch before another one that pays at shares (`pps`), or that does not; undefined when
 * there is none.
 */
export async function epochOfKind(
  tx: SqlSession,
  before: StoredEpoch,
  paidAtShares: boolean,
): Promise<StoredEpoch | undefined> {
  const [row] = await tx.query(
    `SELECT ${COLUMNS} FROM epoch WHERE from_ms < $1 AND scheme ${paidAtShares ? "=" : "<>"} 'pps'
     ORDER BY from_ms DESC LIMIT 1`,
    [before.fromMs],
  );
  return row === undefined ? undefined : epochOfRow(row);
}

/**
 * An epoch by its number.
 *
 * @throws {StorageError} `corrupt` when there is none.
 */
export async function epochOfNumber(tx: SqlSession, number: bigint): Promise<StoredEpoch> {
  const [row] = await tx.query(`SELECT ${COLUMNS} FROM epoch WHERE id = $1`, [number]);
  if (row !== undefined) return epochOfRow(row);
  throw new StorageError("corrupt", `Cannot read the epochs: there is none with number ${number}`);
}

/** The first epoch of all. */
export async function firstEpoch(tx: SqlSession): Promise<StoredEpoch | undefined> {
  const [row] = await tx.query(`SELECT ${COLUMNS} FROM epoch ORDER BY from_ms LIMIT 1`);
  return row === undefined ? undefined : epochOfRow(row);
}

/** The newest epoch. */
export function lastEpoch(tx: SqlSession): Promise<StoredEpoch | undefined> {
  return epochBefore(tx, Number.MAX_SAFE_INTEGER);
}

function epochOfRow(row: SqlRow): StoredEpoch {
  return {
    number: row.id as bigint,
    fromMs: Number(row.from_ms),
    scheme: schemeOf(row.scheme as string),
    feePpm: Number(row.fee_ppm),
    pplnsWindow: Number(row.pplns_window),
    pplnsWindowUnit: windowUnitOf(row.pplns_window_unit as string),
    afterShare: row.after_share as bigint,
  };
}

/**
 * Records from when on these terms hold; nothing when they hold already.
 *
 * @returns the epoch that holds now. It never begins before the last one did, also when the
 * machine's clock was set back.
 */
export async function beginEpoch(
  tx: SqlSession,
  terms: Omit<Epoch, "fromMs">,
  atMs: number,
): Promise<StoredEpoch> {
  const last = await lastEpoch(tx);
  if (last !== undefined && !changesTerms(last, terms)) return last;
  const fromMs = last === undefined ? atMs : Math.max(atMs, last.fromMs + 1);
  const [row] = await tx.query(
    `INSERT INTO epoch (from_ms, scheme, fee_ppm, pplns_window, pplns_window_unit, after_share)
     VALUES ($1, $2, $3, $4, $5, coalesce((SELECT max(id) FROM share), 0)) RETURNING id, after_share`,
    [fromMs, terms.scheme, terms.feePpm, terms.pplnsWindow, terms.pplnsWindowUnit],
  );
  const { scheme, feePpm, pplnsWindow, pplnsWindowUnit } = terms;
  return {
    number: row?.id as bigint,
    fromMs,
    scheme,
    feePpm,
    pplnsWindow,
    pplnsWindowUnit,
    afterShare: row?.after_share as bigint,
  };
}

/**
 * Where the shares begin that an epoch's blocks may be divided by: with the first of the epochs in
 * a row that have its scheme. What was accepted under another scheme was paid by that one.
 */
export async function firstShareAfter(tx: SqlSession, epoch: StoredEpoch): Promise<bigint> {
  const [row] = await tx.query(
    `SELECT after_share FROM epoch
     WHERE from_ms > coalesce(
       (SELECT max(from_ms) FROM epoch WHERE from_ms < $1 AND scheme <> $2), -1
     ) ORDER BY from_ms LIMIT 1`,
    [epoch.fromMs, epoch.scheme],
  );
  return row?.after_share as bigint;
}

/**
 * Where these shares end: before the first epoch after it that has another scheme; undefined while
 * there is none.
 */
export async function lastShareOf(tx: SqlSession, epoch: StoredEpoch): Promise<bigint | undefined> {
  const [row] = await tx.query(
    "SELECT min(after_share) AS last FROM epoch WHERE from_ms > $1 AND scheme <> $2",
    [epoch.fromMs, epoch.scheme],
  );
  return (row?.last ?? undefined) as bigint | undefined;
}

function windowUnitOf(name: string): WindowUnit {
  const unit = WINDOW_UNITS.find((known) => known === name);
  if (unit !== undefined) return unit;
  throw new StorageError("corrupt", `Cannot read the epochs: there is no unit ${name} of windows`);
}

function schemeOf(name: string): Scheme {
  const scheme = SCHEMES.find((known) => known === name);
  if (scheme !== undefined) return scheme;
  throw new StorageError("corrupt", `Cannot read the epochs: there is no scheme ${name}`);
}
