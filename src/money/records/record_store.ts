import { BLOCK_STATES, type BlockState } from "../../chain/blocks/mod.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";
import { insertBlock, newestBlocks, updateBlock } from "./block_rows.ts";
import {
  BATCH_LENGTH_MAX,
  checkBatchLength,
  checkBlock,
  checkBlockState,
  checkHash,
  checkInteger,
  checkShare,
  checkWorker,
  keptReason,
} from "./checks.ts";
import type { BlockRecord, ShareRecord, WorkerRecord } from "./records.ts";
import { loadWorker, saveWorkers } from "./worker_rows.ts";

/** How shares become rows: the one path whose speed needs a form of its own in each database. */
export interface ShareRows {
  /**
   * Writes checked shares in their order, as one transaction.
   *
   * @returns how many of them were known and left out.
   */
  insert(batch: readonly ShareRecord[]): Promise<number>;
}

/**
 * The pool's records of what miners did.
 *
 * Every call is one transaction: it happens as a whole or not at all, and is durable when it
 * resolves. A call that failed may be repeated with the same arguments whatever became of the first;
 * nothing is counted twice. A call rejects with a `StorageError`; `RangeError` and `TypeError` mean
 * that a record itself is wrong and that nothing of the call was written.
 */
export class RecordStore {
  readonly #database: SqlDatabase;
  readonly #shares: ShareRows;

  /** @param modules.database is closed with the store. */
  constructor(modules: { readonly database: SqlDatabase; readonly shares: ShareRows }) {
    this.#database = modules.database;
    this.#shares = modules.shares;
  }

  /** Writes shares in their order; those known already are left out and counted. */
  async recordShares(batch: readonly ShareRecord[]): Promise<{ duplicates: number }> {
    checkBatchLength(batch.length);
    batch.forEach(checkShare);
    return { duplicates: await this.#shares.insert(batch) };
  }

  /** False when a block of that hash was known, and then it is unchanged. */
  async recordBlock(block: BlockRecord): Promise<boolean> {
    checkBlock(block);
    return await this.#database.write((tx) =>
      insertBlock(tx, block, keptReason(block.reason) ?? null)
    );
  }

  /**
   * Moves a block to a state; false when no such block is known. What the chain has made of a block
   * (`immature`, `mature`, `orphaned`) is not undone by a late word of a node.
   */
  async updateBlock(hash: Uint8Array, state: BlockState, reason?: string): Promise<boolean> {
    checkHash("hash", hash);
    checkBlockState(state);
    return await this.#database.write((tx) =>
      updateBlock(tx, hash, state, keptReason(reason) ?? null)
    );
  }

  /** The newest blocks first, at most `limit` (1 to 1,000), or only those in the given states. */
  async blocks(
    limit: number,
    states: readonly BlockState[] = BLOCK_STATES,
  ): Promise<BlockRecord[]> {
    checkInteger("limit", limit, 1, 1_000);
    return await this.#database.read((tx) => newestBlocks(tx, limit, states));
  }

  /** Replaces what is remembered of those workers that have had an accepted share. */
  async saveWorkers(workers: readonly WorkerRecord[]): Promise<void> {
    checkBatchLength(workers.length);
    workers.forEach(checkWorker);
    await this.#database.write((tx) => saveWorkers(tx, workers));
  }

  /** What is remembered of a worker. */
  loadWorker(minerId: string, workerName: string): Promise<WorkerRecord | undefined> {
    return this.#database.read((tx) => loadWorker(tx, minerId, workerName));
  }

  /**
   * Forgets the identities of shares below a height (not the shares), for instance of those whose
   * parent lies 100 blocks deep: their replay is refused as stale long before it gets here.
   *
   * @returns how many; a call removes at most 2,000, so 0 means that none are left.
   */
  async forgetProofs(belowHeight: number): Promise<number> {
    checkInteger("belowHeight", belowHeight, 0, 2 ** 32);
    return await this.#database.write((tx) =>
      tx.execute(
        `DELETE FROM share_proof WHERE (height, proof_id) IN (
           SELECT height, proof_id FROM share_proof WHERE height < $1
           ORDER BY height, proof_id LIMIT ${BATCH_LENGTH_MAX}
         )`,
        [belowHeight],
      )
    );
  }

  /** Resolves when the database answers; writes nothing. */
  async ping(): Promise<void> {
    await this.#database.read((tx) => tx.query("SELECT max(number) FROM schema_migration"));
  }

  /** Waits for what runs and releases everything; further calls reject with `closed`. */
  close(): Promise<void> {
    return this.#database.close();
  }
}
