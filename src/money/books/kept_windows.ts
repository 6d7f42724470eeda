/**
 * Which shares the windows of `pplns` may still need.
 *
 * @module
 */
import { u256FromLe } from "../../base/mod.ts";
import { shareWork, workOfBlocks } from "../ledger/mod.ts";
import type { SqlSession } from "../../platform/database/mod.ts";
import { hardestNetworkTarget } from "./network_targets.ts";
import type { ShareRange } from "./prop_rounds.ts";
import { WINDOW_SHARES_MAX } from "./share_reader.ts";

/** Shares counted by one statement: some 2 ms in SQLite. */
const STEP = 20_000;

/** Shares summed by one statement: some 4 ms in SQLite. */
const WORK_STEP = 4_000;

/** The network's difficulty may grow by this before a window by it reaches beyond what is kept. */
const GROWTH = 4;

/** How far a window looks back, in both units: the longer one counts. */
export interface WindowLength {
  readonly shares: number;
  /** Times the work of a block of the network. */
  readonly blocks: number;
}

/** The longest window of all terms there were. */
export async function longestWindow(tx: SqlSession): Promise<WindowLength> {
  const rows = await tx.query(
    `SELECT pplns_window_unit AS unit, max(pplns_window) AS longest
     FROM epoch GROUP BY pplns_window_unit`,
  );
  const longest = (unit: string): number =>
    Number(rows.find((row) => row.unit === unit)?.longest ?? 0);
  return { shares: longest("shares"), blocks: longest("difficulty") };
}

/** The row id below the shares of a window up to one; 0 when there are not more than these. */
export async function beforeWindow(
  tx: SqlSession,
  { shares, blocks }: WindowLength,
  range: ShareRange,
): Promise<bigint> {
  const byShares = await beforeLast(tx, shares, range.through);
  const target = blocks === 0 ? undefined : await hardestNetworkTarget(tx);
  if (target === undefined) return byShares;
  const byWork = await beforeWork(tx, workOfBlocks(blocks * GROWTH, target), range);
  return byWork < byShares ? byWork : byShares;
}

/**
 * The row id below the last shares up to one, as many as asked for; 0 when there are not more than these. Counted
 * in steps, because SQLite holds the event loop for each.
 */
async function beforeLast(tx: SqlSession, shares: number, through: bigint): Promise<bigint> {
  let id = through;
  for (let left = shares + 1; left > 0; left -= STEP) {
    const [row] = await tx.query(
      "SELECT id FROM share WHERE id <= $1 ORDER BY id DESC LIMIT 1 OFFSET $2",
      // The first of a step after another one is the last of that.
      [id, Math.min(left, STEP) - (left === shares + 1 ? 1 : 0)],
    );
    if (row === undefined) return 0n;
    id = row.id as bigint;
  }
  return id;
}

/**
 * The same by work, at most a step too far back: a window holds unpaid shares of the range. A window
 * has a bound of shares and so has what is looked at for it.
 */
async function beforeWork(tx: SqlSession, work: bigint, range: ShareRange): Promise<bigint> {
  let left = work;
  let id = range.through;
  for (let rows = 0; left > 0n && rows < WINDOW_SHARES_MAX; rows += WORK_STEP) {
    const groups = await tx.query(
      `SELECT share_target.target, shares, first FROM (
         SELECT target, min(id) AS first,
           sum(CASE WHEN credit_zat = 0 AND credit_pico = 0 THEN 1 ELSE 0 END) AS shares
         FROM (SELECT id, target, credit_zat, credit_pico FROM share
           WHERE id > $1 AND id <= $2 ORDER BY id DESC LIMIT ${WORK_STEP}) AS newest
         GROUP BY target
       ) AS grouped JOIN share_target ON share_target.id = grouped.target`,
      [range.from, id],
    );
    // Nothing before the range is in the window.
    if (groups.length === 0) return range.from;
    for (const { target, shares, first } of groups) {
      left -= (shares as bigint) * shareWork(u256FromLe(target as Uint8Array));
      if ((first as bigint) <= id) id = (first as bigint) - 1n;
    }
  }
  return id;
}
