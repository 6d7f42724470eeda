import type { Clock } from "../../../base/mod.ts";
import { StorageError } from "../errors.ts";
import type { Migration } from "../migrations/migration.ts";
import { MIGRATIONS } from "../migrations/mod.ts";
import type { SqlDatabase, SqlSession } from "../sql_database.ts";
import { Turn } from "../turn.ts";
import { Database, IN_MEMORY, translated } from "./database.ts";
import { migrate } from "./schema.ts";
import { SqliteSession, StatementCache } from "./sqlite_session.ts";
import { WalSync } from "./wal_sync.ts";

/** While starting, a second process may be migrating: waiting then blocks nothing that matters. */
const START_TIMEOUT_MS = 5_000;
/** Between two tries to turn the write-ahead log on. */
const JOURNAL_PAUSE_MS = 20;
/** SQLite's result code for a lock that another connection holds. */
const BUSY = 5;
/** Bounds the log file after a burst or a long backup; it is cut back to this at a checkpoint. */
const WAL_LENGTH_MAX = 64 * 1024 * 1024;
/** Snapshots that may be read at one time; more wait. */
const READERS_MAX = 4;

/** How a database in a file is used. */
export interface SqliteOptions {
  /**
   * How long a lock that another process holds is waited for, with the whole process standing still:
   * for commands, which have nothing else to do. A pool never waits (0): the writer tries again.
   */
  readonly lockWaitMs?: number;
  /**
   * Refuses a file that another process has opened so: two pools on one file would each credit by
   * its own terms. Commands open it beside a pool.
   */
  readonly asPool?: boolean;
}

interface Connection {
  readonly database: Database;
  readonly statements: StatementCache;
}

/**
 * A database in one SQLite file.
 *
 * Its calls are synchronous: while SQLite works, nothing else in the process runs. What is written
 * takes turns within the process, short pieces of work between which everything else runs, and
 * resolves when its commit is flushed to the disk, see {@link WalSync}. A lock that another process
 * holds is reported at once as `busy` and not waited for in place, unless {@link SqliteOptions} say
 * so. Readers have connections and snapshots of their own.
 */
export class SqliteDatabase implements SqlDatabase {
  readonly kind = "sqlite";
  readonly path: string;
  /** The connection that writes; for the rows of shares, whose statements it keeps compiled. */
  readonly writer: Database;
  readonly #statements: StatementCache;
  readonly #walSync: WalSync | undefined;
  readonly #writeTurn = new Turn();
  readonly #readTurns: Turn[] = [];
  readonly #readers: Connection[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #nextReader = 0;
  #closed = false;

  /** Opens or makes the file at `path`; the directory must exist. */
  constructor(
    path: string,
    modules: { readonly clock: Clock; readonly migrations?: readonly Migration[] },
    options: SqliteOptions = {},
  ) {
    if (path !== IN_MEMORY) requirePermission(path);
    this.path = path;
    this.writer = new Database(path);
    try {
      translated(
        `Cannot use the database ${path}`,
        () => prepare(this.writer, modules.clock, modules.migrations ?? MIGRATIONS),
      );
      this.#walSync = path === IN_MEMORY ? undefined : WalSync.open(fileOf(this.writer));
      if (options.asPool && this.#walSync?.claim() === false) {
        throw new StorageError(
          "in-use",
          `Cannot use the database ${path}: ${holderOf(this.writer)}`,
        );
      }
      // Where the log may not be opened, SQLite itself flushes it, at the cost of the event loop.
      this.writer.script(`PRAGMA synchronous = ${this.#walSync ? "NORMAL" : "FULL"}`);
      this.writer.script(`PRAGMA busy_timeout = ${options.lockWaitMs ?? 0}`);
      this.#statements = new StatementCache(this.writer);
    } catch (thrown) {
      this.#walSync?.close();
      this.writer.close();
      throw thrown;
    }
  }

  transaction<T>(work: (tx: SqlSession) => Promise<T>): Promise<T> {
    return this.write(work);
  }

  /** A file has one writer at a time, whatever is written. */
  write<T>(work: (tx: SqlSession) => Promise<T>): Promise<T> {
    return this.#write(async () => {
      const session = new SqliteSession(this.path, this.#statements);
      this.#translated(() => this.writer.begin());
      try {
        const result = await work(session);
        this.#translated(() => this.writer.commit());
        return result;
      } catch (thrown) {
        this.writer.undo();
        throw thrown;
      } finally {
        session.end();
      }
    });
  }

  /**
   * Runs synchronous work on {@link writer} as one transaction, in its turn.
   *
   * @param ended is told at once whether the transaction was committed.
   */
  writeAtOnce<T>(work: () => T, ended: (committed: boolean) => void): Promise<T> {
    // deno-lint-ignore require-await -- the keyword turns a throw into a rejection
    return this.#write(async () => {
      let committed = false;
      try {
        const result = this.writer.transaction(work);
        committed = true;
        return result;
      } finally {
        ended(committed);
      }
    });
  }

  read<T>(work: (tx: SqlSession) => Promise<T>): Promise<T> {
    const place = this.#nextReader++ % READERS_MAX;
    const turn = this.path === IN_MEMORY ? this.#writeTurn : this.#readTurns[place] ??= new Turn();
    const reading = async (): Promise<T> => {
      const { database, statements } = this.#reader(place);
      const session = new SqliteSession(this.path, statements);
      this.#translated(() => database.script("BEGIN"));
      try {
        return await work(session);
      } finally {
        session.end();
        database.undo();
      }
    };
    return this.#track(() => turn.run(reading));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#running);
    this.#walSync?.close();
    for (const reader of this.#readers) reader?.database.close();
    this.writer.close();
  }

  /** The flush is outside of the turn: what comes next is written while the disk works. */
  #write<T>(work: () => Promise<T>): Promise<T> {
    return this.#track(async () => {
      const result = await this.#writeTurn.run(work);
      await this.#flush();
      return result;
    });
  }

  async #track<T>(start: () => Promise<T>): Promise<T> {
    if (this.#closed) {
      throw new StorageError("closed", "Cannot use the database: it is closed");
    }
    const running = start();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  #reader(place: number): Connection {
    if (this.path === IN_MEMORY) return { database: this.writer, statements: this.#statements };
    let reader = this.#readers[place];
    if (reader === undefined) {
      const database = new Database(this.path);
      this.#translated(() => database.script("PRAGMA query_only = ON; PRAGMA busy_timeout = 0"));
      reader = { database, statements: new StatementCache(database) };
      this.#readers[place] = reader;
    }
    return reader;
  }

  #translated<T>(work: () => T): T {
    return translated(`Cannot use the database ${this.path}`, work);
  }

  async #flush(): Promise<void> {
    try {
      await this.#walSync?.flush();
    } catch (cause) {
      throw new StorageError("io", "Cannot flush the database's log to the disk", { cause });
    }
  }
}

/** Who serves on a file that cannot be had. */
function holderOf(database: Database): string {
  const place = database.prepare("SELECT place FROM pool_process").first()?.place;
  const holder = typeof place === "string" ? `another pool, ${place}, uses it` : "a pool uses it";
  return `${holder}; stop that one first, or give this one a database of its own (several pools ` +
    "share one on PostgreSQL, database.url)";
}

/**
 * Turns the write-ahead log on. SQLite's own wait for a lock does not hold for this one statement, so
 * that of several processes that start at once on a new file some are told that it is busy.
 */
function journalMode(database: Database): unknown {
  for (let tries = 1;; tries++) {
    try {
      return database.pragma("journal_mode = WAL");
    } catch (thrown) {
      const isBusy = thrown instanceof Error && "errcode" in thrown &&
        (Number(thrown.errcode) & 0xff) === BUSY;
      if (!isBusy || tries * JOURNAL_PAUSE_MS >= START_TIMEOUT_MS) throw thrown;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, JOURNAL_PAUSE_MS);
    }
  }
}

function prepare(database: Database, clock: Clock, migrations: readonly Migration[]): void {
  database.script(`PRAGMA busy_timeout = ${START_TIMEOUT_MS}`);
  migrate(database, clock, migrations);
  // After the file is known to be ours: this changes it.
  if (database.path !== IN_MEMORY && journalMode(database) !== "wal") {
    throw new StorageError(
      "io",
      `Cannot use the database ${database.path}: its file system has no shared memory, which ` +
        "SQLite's write-ahead log needs; give a path on a local disk",
    );
  }
  database.script(`PRAGMA journal_size_limit = ${WAL_LENGTH_MAX}`);
  // The first use of the log makes its file, which is flushed from here on.
  database.prepare("SELECT count(*) FROM sqlite_schema").first();
}

/**
 * The file itself: where its name is that of a link, the log stands beside what that leads to. A
 * folder that is reached by a link keeps its name, under which it was permitted.
 */
function fileOf(database: Database): string {
  if (!Deno.lstatSync(database.path).isSymlink) return database.path;
  const file = database.prepare("PRAGMA database_list").first()?.file;
  return typeof file === "string" ? file : database.path;
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
