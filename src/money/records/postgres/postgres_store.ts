import type { Clock, RejectReason } from "../../../base/mod.ts";
import type { BlockState } from "../../../chain/blocks/mod.ts";
import {
  checkBatchLength,
  checkBlock,
  checkBlockState,
  checkHash,
  checkInteger,
  checkReject,
  checkShare,
  checkWorker,
  checkWriteId,
  keptReason,
} from "../checks.ts";
import type {
  BlockEvent,
  BlockRecord,
  MinerTotals,
  RejectCount,
  ShareRecord,
  Store,
  StoreTotals,
  WorkerRecord,
  WriteId,
} from "../store.ts";
import { PostgresBlockRows } from "./block_rows.ts";
import type { Client } from "../../../platform/database/mod.ts";
import { PostgresNames } from "./names.ts";
import type { PostgresDatabase } from "../../../platform/database/mod.ts";
import { PostgresShareRows } from "./share_rows.ts";
import { PostgresWorkerRows } from "./worker_rows.ts";

/**
 * Records on a PostgreSQL server. A call resolves when the server has flushed its commit to the
 * disk (`synchronous_commit`, on by default; where an operator has switched it off, the bound of what
 * may be lost is the server's).
 */
export class PostgresStore implements Store {
  readonly #clock: Clock;
  readonly #database: PostgresDatabase;
  readonly #shares: PostgresShareRows;
  readonly #blocks: PostgresBlockRows;
  readonly #workers: PostgresWorkerRows;

  /** @param database is closed with the store. */
  constructor(database: PostgresDatabase, modules: { readonly clock: Clock }) {
    this.#clock = modules.clock;
    this.#database = database;
    const names = new PostgresNames();
    this.#shares = new PostgresShareRows(names);
    this.#blocks = new PostgresBlockRows(names);
    this.#workers = new PostgresWorkerRows(names);
  }

  recordShares(batch: readonly ShareRecord[]): Promise<{ duplicates: number }> {
    return this.#use(() => {
      checkBatchLength(batch.length);
      batch.forEach(checkShare);
    }, async (client) => ({
      duplicates: await this.#shares.insert(client, batch, this.#clock.now()),
    }));
  }

  recordRejects(counts: readonly RejectCount[], id: WriteId): Promise<void> {
    return this.#use(() => {
      checkBatchLength(counts.length);
      counts.forEach(checkReject);
      checkWriteId(id);
    }, (client) => this.#workers.addRejects(client, counts, id));
  }

  recordBlock(block: BlockRecord): Promise<boolean> {
    return this.#use(
      () => checkBlock(block),
      (client) => this.#blocks.insert(client, block, keptReason(block.reason) ?? null),
    );
  }

  updateBlock(hash: Uint8Array, state: BlockState, reason?: string): Promise<boolean> {
    return this.#use(() => {
      checkHash("hash", hash);
      checkBlockState(state);
    }, (client) =>
      this.#blocks.update(client, {
        hash,
        state,
        reason: keptReason(reason) ?? null,
        atMs: this.#clock.now(),
      }));
  }

  blocks(limit: number, states?: readonly BlockState[]): Promise<BlockRecord[]> {
    return this.#use(
      () => checkInteger("limit", limit, 1, 1_000),
      (client) => this.#blocks.newest(client, limit, states),
    );
  }

  blockEvents(hash: Uint8Array): Promise<BlockEvent[]> {
    return this.#use(nothing, (client) => this.#blocks.events(client, hash));
  }

  saveWorkers(workers: readonly WorkerRecord[]): Promise<void> {
    return this.#use(() => {
      checkBatchLength(workers.length);
      workers.forEach(checkWorker);
    }, (client) => this.#workers.save(client, workers));
  }

  loadWorker(minerId: string, workerName: string): Promise<WorkerRecord | undefined> {
    return this.#use(nothing, (client) => this.#workers.load(client, minerId, workerName));
  }

  rejectsSince(day: number): Promise<Record<RejectReason, number>> {
    return this.#use(nothing, (client) => this.#workers.rejectsSince(client, day));
  }

  totals(): Promise<StoreTotals> {
    return this.#use(nothing, async (client) => ({
      ...await this.#shares.totals(client),
      blocks: await this.#blocks.count(client),
    }));
  }

  minerTotals(minerId: string): Promise<MinerTotals | undefined> {
    return this.#use(nothing, (client) => this.#shares.minerTotals(client, minerId));
  }

  forgetProofs(belowHeight: number): Promise<number> {
    return this.#use(
      () => checkInteger("belowHeight", belowHeight, 0, 2 ** 32),
      (client) => this.#shares.forgetProofs(client, belowHeight),
    );
  }

  ping(): Promise<void> {
    return this.#use(nothing, async (client) => void await client.unsafe("SELECT 1 AS one"));
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #use<T>(check: () => void, work: (client: Client) => Promise<T>): Promise<T> {
    check();
    return await this.#database.connection.use(work);
  }
}

function nothing(): void {}
