import { setImmediate } from "node:timers";
import { StorageError } from "../errors.ts";
import type { SqlRow, SqlSession, SqlValue } from "../sql_database.ts";
import { type Database, type Statement, translated } from "./database.ts";

/**
 * How long statements may follow each other before everything else in the process has its turn:
 * short beside the 100 ms within which a share is answered.
 */
const HOLD_MS = 4;
/** Statements kept compiled; more than all the different ones that this program has. */
const STATEMENTS_MAX = 300;

/** Compiled statements of one connection, by their text. */
export class StatementCache {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  get(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= STATEMENTS_MAX) this.#statements.clear();
      // SQLite takes `$1` for a name, `?1` for a place.
      statement = this.#database.prepare(sql.replace(/\$(\d+)/g, "?$1"));
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Statements on one connection of SQLite, within a transaction that the owner has begun. */
export class SqliteSession implements SqlSession {
  readonly kind = "sqlite";
  readonly #path: string;
  readonly #statements: StatementCache;
  #heldSince = performance.now();
  #ended = false;

  constructor(path: string, statements: StatementCache) {
    this.#path = path;
    this.#statements = statements;
  }

  async query(sql: string, parameters: readonly SqlValue[] = []): Promise<SqlRow[]> {
    await this.#turn();
    return this.#run(() =>
      this.#statements.get(sql).all(...parameters.map(bound)) as readonly SqlRow[] as SqlRow[]
    );
  }

  async execute(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    await this.#turn();
    return this.#run(() => Number(this.#statements.get(sql).run(...parameters.map(bound))));
  }

  /** The transaction is over: a caller that still holds the session is refused. */
  end(): void {
    this.#ended = true;
  }

  #run<T>(work: () => T): T {
    if (this.#ended) {
      throw new StorageError("closed", "Cannot run a statement: its transaction has ended");
    }
    return translated(`Cannot use the database ${this.#path}`, work);
  }

  /** Lets the rest of the process run when statements have held it for long enough. */
  async #turn(): Promise<void> {
    if (performance.now() - this.#heldSince < HOLD_MS) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#heldSince = performance.now();
  }
}

/** A number that is an integer is bound as one: SQLite would take it for a float. */
function bound(value: SqlValue): SqlValue {
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}
