import type { Clock, RejectReason } from "../../base/mod.ts";
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
import { StorageError } from "../errors.ts";
import type {
  BlockEvent,
  BlockRecord,
  BlockState,
  MinerTotals,
  RejectCount,
  ShareRecord,
  Store,
  StoreTotals,
  WorkerRecord,
  WriteId,
} from "../store.ts";
import { BlockRows } from "./block_rows.ts";
import { Database, translated } from "./database.ts";
import { RowIds } from "./names.ts";
import { migrate } from "./schema.ts";
import { ShareRows } from "./share_rows.ts";
import { WalSync } from "./wal_sync.ts";
import { WorkerRows } from "./worker_rows.ts";

/** While starting, a second process may be migrating: waiting then blocks nothing that matters. */
const START_TIMEOUT_MS = 5_000;
/** Bounds the log file after a burst or a long backup; it is cut back to this at a checkpoint. */
const WAL_LENGTH_MAX = 64 * 1024 * 1024;

/**
 * Records in one SQLite file.
 *
 * A call works synchronously inside SQLite (a batch of 250 shares holds the event loop for some
 * 2.5 ms) and resolves when its commit is flushed to the disk, see {@link WalSync}. Once started, a
 * lock held by another process is reported at once as `busy` and never waited for in place.
 */
export class SqliteStore implements Store {
  readonly #clock: Clock;
  readonly #database: Database;
  readonly #walSync: WalSync | undefined;
  readonly #ids: RowIds;
  readonly #shares: ShareRows;
  readonly #blocks: BlockRows;
  readonly #workers: WorkerRows;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  /** Opens or makes the file at `path`; the directory must exist. */
  constructor(path: string, modules: { clock: Clock }) {
    requirePermission(path);
    this.#clock = modules.clock;
    this.#database = new Database(path);
    try {
      translated(`Cannot use the database ${path}`, () => prepare(this.#database, this.#clock));
      this.#walSync = WalSync.open(path);
      // Where the log may not be opened, SQLite itself flushes it, at the cost of the event loop.
      this.#database.script(`PRAGMA synchronous = ${this.#walSync ? "NORMAL" : "FULL"}`);
      this.#ids = new RowIds(this.#database);
      this.#shares = new ShareRows(this.#database, this.#ids);
      this.#blocks = new BlockRows(this.#database, this.#ids);
      this.#workers = new WorkerRows(this.#database, this.#ids);
    } catch (thrown) {
      this.#walSync?.close();
      this.#database.close();
      throw thrown;
    }
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

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#running);
    this.#walSync?.close();
    this.#database.close();
  }

  /** Checks before the lock is taken, then writes as one transaction, then makes it durable. */
  #write<T>(check: () => void, work: () => T): Promise<T> {
    return this.#run(async () => {
      check();
      let result: T;
      try {
        result = this.#database.transaction(work);
      } catch (thrown) {
        this.#ids.drop();
        throw thrown;
      }
      this.#ids.keep();
      await this.#flush();
      return result;
    });
  }

  #read<T>(work: () => T): Promise<T> {
    // deno-lint-ignore require-await -- the keyword turns a throw into a rejection
    return this.#run(async () =>
      translated(`Cannot read the database ${this.#database.path}`, work)
    );
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new StorageError("closed", "Cannot use the records: they are closed");
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #flush(): Promise<void> {
    try {
      await this.#walSync?.flush();
    } catch (cause) {
      throw new StorageError("io", "Cannot flush the database's log to the disk", { cause });
    }
  }
}

function prepare(database: Database, clock: Clock): void {
  database.script(`PRAGMA busy_timeout = ${START_TIMEOUT_MS}`);
  migrate(database, clock);
  // After the file is known to be ours: this changes it.
  if (database.pragma("journal_mode = WAL") !== "wal") {
    throw new StorageError(
      "io",
      `Cannot use the database ${database.path}: its file system has no shared memory, which ` +
        "SQLite's write-ahead log needs; give a path on a local disk",
    );
  }
  database.script(`PRAGMA journal_size_limit = ${WAL_LENGTH_MAX}`);
  // The first use of the log makes its file, which is flushed from here on.
  database.prepare("SELECT count(*) FROM sqlite_schema").first();
  database.script("PRAGMA busy_timeout = 0");
}

function requirePermission(path: string): void {
  const missing = (["read", "write"] as const).filter((name) =>
    Deno.permissions.querySync({ name, path }).state !== "granted"
  );
  if (missing.length === 0) return;
  const flags = missing.map((name) => `--allow-${name}=${path},${path}-wal`).join(" ");
  throw new StorageError(
    "no-permission",
    `Cannot open the database ${path}: the runtime was not allowed to; start with ${flags}`,
  );
}
