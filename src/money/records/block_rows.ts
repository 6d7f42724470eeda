import { type BlockState, CHAIN_STATES, isChainState } from "../../chain/blocks/mod.ts";
import {
  placeholders,
  type SqlRow,
  type SqlSession,
  wordList,
} from "../../platform/database/mod.ts";
import { type BlockRecord, UNKNOWN_FINDER } from "./records.ts";
import { makeWorker } from "./worker_rows.ts";

/**
 * Writes a block once. One that was recognised in the chain before gets its finder.
 *
 * @returns false when the block was known.
 */
export async function insertBlock(
  tx: SqlSession,
  block: BlockRecord,
  reason: string | null,
): Promise<boolean> {
  await makeWorker(tx, block);
  const inserted = await tx.execute(
    `INSERT INTO block
       (hash, height, previous_hash, worker, found_at_ms, state, reason, value_zat, fees_zat,
        coinbase_txid)
     SELECT $1, $2, $3, worker.id, $4, $5, $6, $7, $8, $11
     FROM worker JOIN miner ON miner.id = worker.miner
     WHERE miner.miner_id = $9 AND worker.name = $10
     ON CONFLICT DO NOTHING`,
    [
      block.hash,
      block.height,
      block.previousBlockHash,
      block.foundAtMs,
      block.state,
      reason,
      block.valueZat,
      block.feesZat,
      block.minerId,
      block.workerName,
      block.coinbaseTxid ?? null,
    ],
  );
  if (inserted === 1) return true;
  await tx.execute(
    `UPDATE block SET worker = finder.id, found_at_ms = $2, fees_zat = $3
     FROM worker AS finder JOIN miner ON miner.id = finder.miner
     WHERE hash = $1 AND miner.miner_id = $4 AND finder.name = $5
       AND block.worker IN (SELECT worker.id FROM worker JOIN miner ON miner.id = worker.miner
         WHERE miner_id = '${UNKNOWN_FINDER}')`,
    [block.hash, block.foundAtMs, block.feesZat, block.minerId, block.workerName],
  );
  return false;
}

/**
 * Moves a block to a state; what the chain has made of it is not undone by a late word of a node.
 *
 * @returns false when no such block is known.
 */
export async function updateBlock(
  tx: SqlSession,
  hash: Uint8Array,
  state: BlockState,
  reason: string | null,
): Promise<boolean> {
  const stays = `state IN (${wordList(CHAIN_STATES)}) AND $4 = 0`;
  const updated = await tx.execute(
    `UPDATE block SET state = CASE WHEN ${stays} THEN state ELSE $2 END,
       reason = CASE WHEN ${stays} THEN reason ELSE $3 END
     WHERE hash = $1`,
    [hash, state, reason, isChainState(state) ? 1 : 0],
  );
  return updated === 1;
}

/** The newest first, at most `limit`; only those in the given states. */
export async function newestBlocks(
  tx: SqlSession,
  limit: number,
  states: readonly BlockState[],
): Promise<BlockRecord[]> {
  if (states.length === 0) return [];
  const rows = await tx.query(
    `SELECT block.hash, block.height, block.previous_hash, block.found_at_ms, block.state,
       block.reason, block.value_zat, block.fees_zat, worker.name AS worker_name, miner.miner_id
     FROM block JOIN worker ON worker.id = block.worker JOIN miner ON miner.id = worker.miner
     WHERE block.state IN ${placeholders(1, states.length, 2)}
     ORDER BY block.id DESC LIMIT $1`,
    [limit, ...states],
  );
  return rows.map(blockOf);
}

function blockOf(row: SqlRow): BlockRecord {
  return {
    hash: row.hash as Uint8Array,
    height: Number(row.height),
    previousBlockHash: row.previous_hash as Uint8Array,
    minerId: row.miner_id as string,
    workerName: row.worker_name as string,
    foundAtMs: Number(row.found_at_ms),
    state: row.state as BlockState,
    ...(row.reason === null ? {} : { reason: row.reason as string }),
    valueZat: row.value_zat as bigint,
    feesZat: row.fees_zat as bigint,
  };
}
