/**
 * Rounds of the scheme `prop`: every share belongs to one block, the first that was found after it
 * and not orphaned.
 *
 * @module
 */
import type { SqlSession } from "../../platform/database/mod.ts";

/** Shares with row ids above `from`, up to `through`. */
export interface ShareRange {
  readonly from: bigint;
  readonly through: bigint;
}

/**
 * The shares of a block's round: those since the newest round, and those of rounds whose block was
 * orphaned. A block that was found within a round that is divided already has that round's shares.
 *
 * @param range ends with the block's share; begins where the scheme began.
 */
export async function roundOf(
  tx: SqlSession,
  { from, through }: ShareRange,
): Promise<ShareRange[]> {
  const ranges = await rangesWhere(tx, "block IS NULL AND through_share <= $1", [through]);
  const newest = await newestThrough(tx, from);
  if (through > newest) return [...ranges, { from: newest, through }];
  if (ranges.length > 0) return ranges;
  return await rangesWhere(
    tx,
    `block = (SELECT block FROM prop_round
       WHERE from_share < $1 AND through_share >= $1 AND block IS NOT NULL LIMIT 1)`,
    [through],
  );
}

/** The block takes its round; what was found within a divided round takes nothing. */
export async function takeRound(
  tx: SqlSession,
  hash: Uint8Array,
  { from, through }: ShareRange,
): Promise<void> {
  await tx.execute(
    `UPDATE prop_round SET block = $1, freed_by = NULL
     WHERE block IS NULL AND through_share <= $2`,
    [hash, through],
  );
  const newest = await newestThrough(tx, from);
  if (through <= newest) return;
  await tx.execute(
    "INSERT INTO prop_round (from_share, through_share, block) VALUES ($1, $2, $3)",
    [newest, through, hash],
  );
}

/** The block is orphaned: the next one gets its shares. */
export async function freeRound(tx: SqlSession, hash: Uint8Array): Promise<void> {
  await tx.execute("UPDATE prop_round SET block = NULL, freed_by = $1 WHERE block = $1", [hash]);
}

/**
 * The block is back: what no other block has taken since is its own again, so that these shares are
 * not paid a second time by the next one.
 */
export async function takeRoundAgain(tx: SqlSession, hash: Uint8Array): Promise<void> {
  await tx.execute(
    "UPDATE prop_round SET block = $1, freed_by = NULL WHERE block IS NULL AND freed_by = $1",
    [hash],
  );
}

/** The lowest row id that a later round may need; rows up to it are divided for good. */
export async function roundsDoneThrough(tx: SqlSession): Promise<bigint> {
  const [row] = await tx.query(
    `SELECT coalesce((SELECT min(from_share) FROM prop_round WHERE block IS NULL),
       (SELECT max(through_share) FROM prop_round), 0) AS done`,
  );
  return row?.done as bigint;
}

async function newestThrough(tx: SqlSession, atLeast: bigint): Promise<bigint> {
  const [row] = await tx.query(
    "SELECT coalesce(max(through_share), 0) AS through FROM prop_round",
  );
  const through = row?.through as bigint;
  return through > atLeast ? through : atLeast;
}

async function rangesWhere(
  tx: SqlSession,
  condition: string,
  parameters: readonly bigint[],
): Promise<ShareRange[]> {
  const rows = await tx.query(
    `SELECT from_share, through_share FROM prop_round WHERE ${condition} ORDER BY from_share`,
    parameters,
  );
  return rows.map((row) => ({
    from: row.from_share as bigint,
    through: row.through_share as bigint,
  }));
}
