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
import { BlockRows } from "./block_rows.ts";
import { RowIds } from "./names.ts";
import { ShareRows } from "./share_rows.ts";
import type { SqliteDatabase } from "../../../platform/database/mod.ts";
import { WorkerRows } from "./worker_rows.ts";

/**
 * Records in one SQLite file.
 *
 * A call works synchronously inside SQLite (a batch of 250 shares holds the event loop for some
 * 2.5 ms) and resolves when its commit is flushed to the disk.
 */
export class SqliteStore implements Store {
  readonly #clock: Clock;
  readonly #database: SqliteDatabase;
  readonly #ids: RowIds;
  readonly #shares: ShareRows;
  readonly #blocks: BlockRows;
  readonly #workers: WorkerRows;

  /** @param database is closed with the store. */
  constructor(database: SqliteDatabase, modules: { readonly clock: Clock }) {
    this.#clock = modules.clock;
    this.#database = database;
    this.#ids = new RowIds(database.writer);
    this.#shares = new ShareRows(database.writer, this.#ids);
    this.#blocks = new BlockRows(database.writer, this.#ids);
    this.#workers = new WorkerRows(database.writer, this.#ids);
  }

  recordShares(batch: readonly ShareRecord[]): Promise<{ duplicates: number }> {
    return this.#write(() => {
      checkBatchLength(batch.length);
      batch.forEach(checkShare);
    }, () => {
      let duplicates = 0;
      for (const share of batch) if (!this.#shares.insert(share)) duplicates++;
      return { duplicates };
    });
  }

  recordRejects(counts: readonly RejectCount[], id: WriteId): Promise<void> {
    return this.#write(() => {
      checkBatchLength(counts.length);
      counts.forEach(checkReject);
      checkWriteId(id);
    }, () => this.#workers.addRejects(counts, id));
  }

  recordBlock(block: BlockRecord): Promise<boolean> {
    return this.#write(
      () => checkBlock(block),
      () => this.#blocks.insert(block, keptReason(block.reason) ?? null),
    );
  }

  updateBlock(hash: Uint8Array, state: BlockState, reason?: string): Promise<boolean> {
    return this.#write(() => {
      checkHash("hash", hash);
      checkBlockState(state);
    }, () => this.#blocks.update(hash, state, keptReason(reason) ?? null, this.#clock.now()));
  }

  blocks(limit: number, states?: readonly BlockState[]): Promise<BlockRecord[]> {
    return this.#read(() => {
      checkInteger("limit", limit, 1, 1_000);
      return this.#blocks.newest(limit, states);
    });
  }

  blockEvents(hash: Uint8Array): Promise<BlockEvent[]> {
    return this.#read(() => this.#blocks.events(hash));
  }

  saveWorkers(workers: readonly WorkerRecord[]): Promise<void> {
    return this.#write(() => {
      checkBatchLength(workers.length);
      workers.forEach(checkWorker);
    }, () => workers.forEach((worker) => this.#workers.save(worker)));
  }

  loadWorker(minerId: string, workerName: string): Promise<WorkerRecord | undefined> {
    return this.#read(() => this.#workers.load(minerId, workerName));
  }

  rejectsSince(day: number): Promise<Record<RejectReason, number>> {
    return this.#read(() => this.#workers.rejectsSince(day));
  }

  totals(): Promise<StoreTotals> {
    return this.#read(() => ({ ...this.#shares.totals(), blocks: this.#blocks.count() }));
  }

  minerTotals(minerId: string): Promise<MinerTotals | undefined> {
    return this.#read(() => this.#shares.minerTotals(minerId));
  }

  forgetProofs(belowHeight: number): Promise<number> {
    return this.#write(
      () => checkInteger("belowHeight", belowHeight, 0, 2 ** 32),
      () => this.#shares.forgetProofs(belowHeight),
    );
  }

  ping(): Promise<void> {
    return this.#read(() => void this.#database.writer.pragma("schema_version"));
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** Checks before the lock is taken, then writes as one transaction, then makes it durable. */
  async #write<T>(check: () => void, work: () => T): Promise<T> {
    check();
    return await this.#database.write(work, (committed) => {
      if (committed) this.#ids.keep();
      else this.#ids.drop();
    });
  }

  // deno-lint-ignore require-await -- the keyword turns a throw into a rejection
  async #read<T>(work: () => T): Promise<T> {
    return this.#database.look(work);
  }
}
