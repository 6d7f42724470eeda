import { type BlockState, CHAIN_STATES, isChainState } from "../../../chain/blocks/mod.ts";
import type { BlockEvent, BlockRecord } from "../store.ts";
import {
  type Database,
  type Row,
  type Statement,
  wordList,
} from "../../../platform/database/mod.ts";
import type { RowIds } from "./names.ts";

/** The tables `block` and `block_event`. Writing runs inside a transaction of the caller. */
export class BlockRows {
  readonly #ids: RowIds;
  readonly #insert: Statement;
  readonly #insertEvent: Statement;
  readonly #update: Statement;
  readonly #newest: Statement;
  readonly #events: Statement;
  readonly #count: Statement;

  constructor(database: Database, ids: RowIds) {
    this.#ids = ids;
    this.#insert = database.prepare(
      `INSERT INTO block
         (hash, height, previous_hash, worker, found_at_ms, state, reason, value_zat, fees_zat)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    this.#insertEvent = database.prepare(
      `INSERT INTO block_event (block, at_ms, state, reason)
       SELECT id, ?, ?, ? FROM block WHERE hash = ?`,
    );
    const settled = `state IN (${wordList(CHAIN_STATES)}) AND NOT ?1`;
    this.#update = database.prepare(
      `UPDATE block SET state = CASE WHEN ${settled} THEN state ELSE ?2 END,
         reason = CASE WHEN ${settled} THEN reason ELSE ?3 END WHERE hash = ?4`,
    );
    this.#newest = database.prepare(
      `SELECT block.*, worker.name AS worker_name, miner.miner_id
       FROM block JOIN worker ON worker.id = block.worker JOIN miner ON miner.id = worker.miner
       WHERE ?1 = '' OR instr(?1, ' ' || block.state || ' ') > 0
       ORDER BY block.id DESC LIMIT ?2`,
    );
    this.#events = database.prepare(
      `SELECT at_ms, block_event.state, block_event.reason
       FROM block_event JOIN block ON block.id = block_event.block
       WHERE hash = ? ORDER BY block_event.id LIMIT 1000`,
    );
    this.#count = database.prepare("SELECT count(*) AS count FROM block");
  }

  /** @returns false when the block was known. */
  insert(block: BlockRecord, reason: string | null): boolean {
    const changes = this.#insert.run(
      block.hash,
      block.height,
      block.previousBlockHash,
      this.#ids.worker(block.minerId, block.workerName),
      block.foundAtMs,
      block.state,
      reason,
      block.valueZat,
      block.feesZat,
    );
    if (changes === 0n) return false;
    this.#insertEvent.run(block.foundAtMs, block.state, reason, block.hash);
    return true;
  }

  /** @returns false when no such block is known. */
  update(hash: Uint8Array, state: BlockState, reason: string | null, atMs: number): boolean {
    const byChain = isChainState(state) ? 1 : 0;
    if (this.#update.run(byChain, state, reason, hash) === 0n) return false;
    this.#insertEvent.run(atMs, state, reason, hash);
    return true;
  }

  newest(limit: number, states?: readonly BlockState[]): BlockRecord[] {
    // The states are our own words without blanks, so that one text can carry a set of them.
    const wanted = states === undefined ? "" : ` ${states.join(" ")} `;
    return this.#newest.all(wanted, limit).map(blockOf);
  }

  events(hash: Uint8Array): BlockEvent[] {
    return this.#events.all(hash).map((row) => ({
      atMs: Number(row.at_ms),
      state: row.state as BlockState,
      ...reasonOfRow(row),
    }));
  }

  count(): number {
    return Number(this.#count.first()?.count);
  }
}

function blockOf(row: Row): BlockRecord {
  return {
    hash: row.hash as Uint8Array,
    height: Number(row.height),
    previousBlockHash: row.previous_hash as Uint8Array,
    minerId: row.miner_id as string,
    workerName: row.worker_name as string,
    foundAtMs: Number(row.found_at_ms),
    state: row.state as BlockState,
    ...reasonOfRow(row),
    valueZat: row.value_zat as bigint,
    feesZat: row.fees_zat as bigint,
  };
}

function reasonOfRow(row: Row): { reason?: string } {
  return row.reason === null ? {} : { reason: row.reason as string };
}
