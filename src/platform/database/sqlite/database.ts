/**
 * A thin typed shell around `node:sqlite`: integers arrive as bigint, errors as StorageError, and a
 * transaction is a function.
 *
 * @module
 */
import {
  backup,
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  StatementSync,
} from "node:sqlite";
import { PoolError, reasonOf } from "../../../base/mod.ts";
import { StorageError, type StorageErrorCode } from "../errors.ts";

/** The path of a database that lives in memory and ends with its process: no file to look for. */
export const IN_MEMORY = ":memory:";

/** All in one step: between two, a pool that writes would make the copy begin again and again. */
const ALL_PAGES = -1;

/** A row as SQLite gives it; every integer is a bigint. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** A prepared statement. */
export class Statement {
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    statement.setReadBigInts(true);
    this.#statement = statement;
  }

  /** Runs it and says how many rows it inserted, updated or deleted. */
  run(...values: SQLInputValue[]): bigint {
    return BigInt(this.#statement.run(...values).changes);
  }

  /** The first row. */
  first(...values: SQLInputValue[]): Row | undefined {
    return this.#statement.get(...values);
  }

  /** All rows; the query limits their number. */
  all(...values: SQLInputValue[]): Row[] {
    return this.#statement.all(...values);
  }
}

/** An open database file. */
export class Database {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;

  /**
   * @param options `readOnly` asks for no permission to write, and nothing can be written.
   * @throws {StorageError} when the file cannot be opened.
   */
  constructor(path: string, { readOnly = false } = {}) {
    this.path = path;
    if (path !== IN_MEMORY) requireFile(path);
    this.#database = translated(
      `Cannot open the database ${path}`,
      () => new DatabaseSync(path, { readOnly }),
    );
    this.#begin = this.prepare("BEGIN IMMEDIATE");
    this.#commit = this.prepare("COMMIT");
    this.#rollback = this.prepare("ROLLBACK");
  }

  /** Compiles one statement; kept and used again by the caller. */
  prepare(sql: string): Statement {
    return new Statement(this.#database.prepare(sql));
  }

  /** Runs a script of several statements. */
  script(sql: string): void {
    this.#database.exec(sql);
  }

  /** The value of a pragma. */
  pragma(name: string): SQLOutputValue | undefined {
    const row = this.prepare(`PRAGMA ${name}`).first();
    return row === undefined ? undefined : Object.values(row)[0];
  }

  /**
   * Runs the work in one transaction that holds the write lock from its start, so that what it
   * reads is what it changes. Any throw undoes all of it.
   *
   * @throws {StorageError} what SQLite reported; other errors of the work pass through.
   */
  transaction<T>(work: () => T): T {
    return translated(`Cannot write to the database ${this.path}`, () => {
      this.begin();
      try {
        const result = work();
        this.commit();
        return result;
      } catch (thrown) {
        this.undo();
        throw thrown;
      }
    });
  }

  /** Begins a transaction that holds the write lock; throws what SQLite throws. */
  begin(): void {
    this.#begin.run();
  }

  /** Ends it and keeps what it wrote. */
  commit(): void {
    this.#commit.run();
  }

  /** Ends it and undoes what it wrote. */
  undo(): void {
    try {
      this.#rollback.run();
    } catch {
      // SQLite has rolled back by itself already, as it does after some errors (a full disk); the
      // first error is the one that tells.
    }
  }

  /**
   * Copies what is committed at one moment into the file `to`.
   *
   * Not by VACUUM INTO: that attaches the new file, which Deno lets nobody do who may not read and
   * write everything.
   *
   * @throws {StorageError} what SQLite reports.
   */
  async copyInto(to: string): Promise<void> {
    try {
      await backup(this.#database, to, { rate: ALL_PAGES });
    } catch (thrown) {
      throw declared(`Cannot copy the database ${this.path}`, thrown);
    }
  }

  close(): void {
    this.#database.close();
  }
}

/** SQLite's words for what is no file are those for a broken disk. @throws {StorageError} */
function requireFile(path: string): void {
  let found: Deno.FileInfo;
  try {
    found = Deno.statSync(path);
  } catch {
    // It is made, or SQLite says what is in the way.
    return;
  }
  if (found.isFile) return;
  const what = found.isDirectory ? "it is a folder" : "it is no file";
  throw new StorageError("not-a-database", `Cannot open the database ${path}: ${what}`);
}

/** Runs the work and gives what SQLite throws a declared form. */
export function translated<T>(doing: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof PoolError || thrown instanceof RangeError) throw thrown;
    throw declared(doing, thrown);
  }
}

function declared(doing: string, thrown: unknown): StorageError {
  return new StorageError(codeOf(thrown), `${doing}: ${reasonOf(thrown)}`, { cause: thrown });
}

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const CODES: Readonly<Record<number, StorageErrorCode>> = {
  5: "busy",
  6: "busy",
  11: "corrupt",
  13: "full",
  19: "constraint",
  26: "not-a-database",
};

function codeOf(thrown: unknown): StorageErrorCode {
  if (typeof thrown !== "object" || thrown === null) return "io";
  if ("code" in thrown && thrown.code === "ERR_INVALID_STATE") return "closed";
  // The upper bytes of an extended code say more, for instance which kind of constraint.
  const errcode = "errcode" in thrown ? Number(thrown.errcode) & 0xff : 0;
  return CODES[errcode] ?? "io";
}
