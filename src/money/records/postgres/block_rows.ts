import { type BlockState, CHAIN_STATES, isChainState } from "../../../chain/blocks/mod.ts";
import type { BlockEvent, BlockRecord } from "../store.ts";
import { type Client, textArray, wordList } from "../../../platform/database/mod.ts";
import type { PostgresNames } from "./names.ts";

/** The tables `block` and `block_event`. */
export class PostgresBlockRows {
  readonly #names: PostgresNames;

  constructor(names: PostgresNames) {
    this.#names = names;
  }

  /** @returns false when the block was known. */
  async insert(client: Client, block: BlockRecord, reason: string | null): Promise<boolean> {
    const [worker] = await this.#names.workers(client, [block]);
    const { count } = await client.unsafe(
      `WITH kept AS (
         INSERT INTO block
           (hash, height, previous_hash, worker, found_at_ms, state, reason, value_zat, fees_zat)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
         RETURNING id, found_at_ms, state, reason
       )
       INSERT INTO block_event (block, at_ms, state, reason)
       SELECT id, found_at_ms, state, reason FROM kept`,
      [
        block.hash,
        block.height,
        block.previousBlockHash,
        worker,
        block.foundAtMs,
        block.state,
        reason,
        block.valueZat,
        block.feesZat,
      ] as never[],
    );
    return count === 1;
  }

  /** @returns false when no such block is known. */
  async update(
    client: Client,
    step: { hash: Uint8Array; state: BlockState; reason: string | null; atMs: number },
  ): Promise<boolean> {
    const { count } = await client.unsafe(
      `WITH moved AS (
         UPDATE block SET
           state = CASE WHEN state IN (${wordList(CHAIN_STATES)}) AND $5 = 0
             THEN state ELSE $2 END,
           reason = CASE WHEN state IN (${wordList(CHAIN_STATES)}) AND $5 = 0
             THEN reason ELSE $3 END
         WHERE hash = $1 RETURNING id
       )
       INSERT INTO block_event (block, at_ms, state, reason) SELECT id, $4, $2, $3 FROM moved`,
      [
        step.hash,
        step.state,
        step.reason,
        step.atMs,
        isChainState(step.state) ? 1n : 0n,
      ] as never[],
    );
    return count === 1;
  }

  async newest(
    client: Client,
    limit: number,
    states?: readonly BlockState[],
  ): Promise<BlockRecord[]> {
    const rows = await client.unsafe(
      `SELECT block.*, worker.name AS worker_name, miner.miner_id
       FROM block JOIN worker ON worker.id = block.worker JOIN miner ON miner.id = worker.miner
       WHERE $1::text[] IS NULL OR block.state = ANY ($1::text[])
       ORDER BY block.id DESC LIMIT $2`,
      [states === undefined ? null : textArray(states), limit],
    );
    return rows.map((row) => ({
      hash: row.hash,
      height: Number(row.height),
      previousBlockHash: row.previous_hash,
      minerId: row.miner_id,
      workerName: row.worker_name,
      foundAtMs: Number(row.found_at_ms),
      state: row.state,
      ...(row.reason === null ? {} : { reason: row.reason }),
      valueZat: row.value_zat,
      feesZat: row.fees_zat,
    }));
  }

  async events(client: Client, hash: Uint8Array): Promise<BlockEvent[]> {
    const rows = await client.unsafe(
      `SELECT at_ms, block_event.state, block_event.reason
       FROM block_event JOIN block ON block.id = block_event.block
       WHERE hash = $1 ORDER BY block_event.id LIMIT 1000`,
      [hash],
    );
    return rows.map((row) => ({
      atMs: Number(row.at_ms),
      state: row.state,
      ...(row.reason === null ? {} : { reason: row.reason }),
    }));
  }

  async count(client: Client): Promise<number> {
    const [row] = await client.unsafe("SELECT count(*) AS count FROM block");
    return Number(row?.count);
  }
}
