/**
 * Found blocks as reports count them: those of closed hours, so that they stand beside the shares
 * that were expected to find them.
 *
 * @module
 */
import { BLOCK_STATES, type BlockState } from "../../chain/blocks/mod.ts";
import { placeholders, type SqlSession, wordList } from "../../platform/database/mod.ts";
import { closedSpan, type ReportPeriod } from "./report_period.ts";

/** Rewards of found blocks under one fee. */
export interface PeriodRewards {
  readonly feePpm: number;
  readonly rewardsZat: bigint;
  readonly blocks: number;
}

/** States of blocks that a node has taken, or may have taken, whatever became of them. */
const FOUND = wordList(
  BLOCK_STATES.filter((state) => state !== "submitted" && state !== "rejected"),
);

/** What the blocks of a period pay the pool, those that were lost left out. */
export async function rewardsOf(tx: SqlSession, period: ReportPeriod): Promise<PeriodRewards[]> {
  const rows = await tx.query(
    `SELECT fee_ppm, count(*) AS blocks, sum(value_zat) AS rewards
     FROM block
     JOIN block_settlement ON block_settlement.hash = block.hash
     JOIN epoch ON epoch.id = block_settlement.epoch
     WHERE state IN ('immature', 'mature') AND found_at_ms >= $1 AND found_at_ms < $2
     GROUP BY fee_ppm ORDER BY fee_ppm`,
    await closedSpan(tx, period),
  );
  return rows.map((row) => ({
    feePpm: Number(row.fee_ppm),
    rewardsZat: row.rewards as bigint,
    blocks: Number(row.blocks),
  }));
}

/** How many blocks of a period were found, those that were lost later included. */
export async function foundIn(tx: SqlSession, period: ReportPeriod): Promise<number> {
  const [row] = await tx.query(
    `SELECT count(*) AS found FROM block
     WHERE state IN (${FOUND}) AND found_at_ms >= $1 AND found_at_ms < $2`,
    await closedSpan(tx, period),
  );
  return Number(row?.found);
}

/** The same by miner, for some of them; who found none is not in it. */
export async function foundByMiner(
  tx: SqlSession,
  period: ReportPeriod,
  minerIds: readonly string[],
): Promise<Map<string, number>> {
  if (minerIds.length === 0) return new Map();
  const rows = await tx.query(
    `SELECT miner_id, count(*) AS found
     FROM block JOIN worker ON worker.id = block.worker JOIN miner ON miner.id = worker.miner
     WHERE state IN (${FOUND}) AND found_at_ms >= $1 AND found_at_ms < $2
       AND miner_id IN ${placeholders(1, minerIds.length, 3)}
     GROUP BY miner_id`,
    [...await closedSpan(tx, period), ...minerIds],
  );
  return new Map(rows.map((row) => [row.miner_id as string, Number(row.found)]));
}

/** Found blocks by their state, of all times. */
export async function countByState(tx: SqlSession): Promise<Map<BlockState, number>> {
  const rows = await tx.query("SELECT state, count(*) AS count FROM block GROUP BY state");
  return new Map(rows.map((row) => [row.state as BlockState, Number(row.count)]));
}
