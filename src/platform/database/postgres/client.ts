import postgres from "postgres";
import { StorageError } from "../errors.ts";

/** Rows by their column names, and how many the statement touched. */
// deno-lint-ignore no-explicit-any -- what a column holds is said where it is read
export type Rows = readonly Record<string, any>[] & { readonly count: number };

/** What runs statements. */
export interface Statements {
  /**
   * Runs a statement.
   *
   * @param options.prepare compiled once for each connection; for texts that come again.
   */
  unsafe(
    sql: string,
    parameters?: readonly unknown[],
    options?: { readonly prepare?: boolean },
  ): Promise<Rows>;
}

/** How a transaction begins: what it sees is never left to the server's defaults. */
export const TRANSACTION = {
  /** Each statement sees what is committed when it begins. */
  writing: "ISOLATION LEVEL READ COMMITTED",
  /** Every statement sees the same moment. */
  reading: "ISOLATION LEVEL REPEATABLE READ READ ONLY",
} as const;

/** Statements each by itself, or several in a transaction. */
export interface Client extends Statements {
  /** Runs the work in a transaction, which is undone when the work throws. */
  begin<T>(
    mode: keyof typeof TRANSACTION,
    work: (tx: Statements) => Promise<T>,
  ): Promise<T>;
}

/**
 * Connections of npm:postgres, all of which are given up together when one of them is lost.
 *
 * That package (3.4.9) fails outside of every promise, which ends the process, in two ways. It must
 * not be asked for anything on a connection that has been closed: it keeps what it could not send
 * for the next connection, or writes to a socket that is not there any more; its own transactions do
 * that, for they send a rollback whatever has happened. And the question about array types that it
 * puts to each new connection by itself is nobody's: when the connection is lost before the answer,
 * nobody hears of it. It needs that question where it shares out connections.
 *
 * So each connection here is a client of its own that has one caller at a time, asks nothing by
 * itself, and is sent nothing once any of them is lost; then all are thrown away.
 */
export class LossyClient implements Client {
  readonly #lost: () => void;
  readonly #connections: readonly postgres.Sql[];
  /** The last one that was used is the next one, so that no more are made than are needed. */
  readonly #idle: postgres.Sql[];
  readonly #waiting: PromiseWithResolvers<postgres.Sql>[] = [];
  #isLost = false;
  #hasAnswered = false;

  /**
   * @param options `max` bounds the connections; each is made when it is needed.
   * @param lost is told once, when the client must not be used any more.
   */
  constructor(
    options: postgres.Options<Record<string, postgres.PostgresType>> & { readonly max: number },
    lost: () => void,
  ) {
    this.#lost = lost;
    this.#connections = Array.from(
      { length: options.max },
      () => postgres({ ...options, max: 1, fetch_types: false, onclose: () => this.lose() }),
    );
    this.#idle = [...this.#connections];
  }

  unsafe(
    sql: string,
    parameters?: readonly unknown[],
    options?: { readonly prepare?: boolean },
  ): Promise<Rows> {
    return this.#withConnection((statements) => statements.unsafe(sql, parameters, options));
  }

  begin<T>(
    mode: keyof typeof TRANSACTION,
    work: (tx: Statements) => Promise<T>,
  ): Promise<T> {
    return this.#withConnection(async (tx) => {
      try {
        await tx.unsafe(`BEGIN ${TRANSACTION[mode]}`);
        const result = await work(tx);
        await tx.unsafe("COMMIT");
        return result;
      } catch (thrown) {
        if (!this.#isLost) await tx.unsafe("ROLLBACK").catch(() => this.lose());
        throw thrown;
      }
    });
  }

  /** True when a statement was answered on it: then the server could be reached. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Throws the connections away; a caller that waits for an answer or a connection gets an error. */
  lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#lost();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(lost());
    for (const connection of this.#connections) connection.end({ timeout: 0 }).catch(() => {});
  }

  /** Waits for what runs, for some seconds at most. */
  async end(timeoutS: number): Promise<void> {
    if (this.#isLost) return;
    this.#isLost = true;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(lost());
    await Promise.all(this.#connections.map((each) => each.end({ timeout: timeoutS })));
  }

  /** Has a connection to itself for as long as the work takes. */
  async #withConnection<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    const connection = await this.#take();
    try {
      return await work({
        unsafe: async (sql, parameters = [], { prepare = false } = {}) => {
          if (this.#isLost) throw lost();
          return await this.#guard(connection.unsafe(sql, parameters as never[], { prepare }));
        },
      });
    } finally {
      this.#give(connection);
    }
  }

  #take(): Promise<postgres.Sql> {
    if (this.#isLost) return Promise.reject(lost());
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    const waiting = Promise.withResolvers<postgres.Sql>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  #give(connection: postgres.Sql): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else next.resolve(connection);
  }

  async #guard<T>(answer: PromiseLike<T>): Promise<T> {
    try {
      const rows = await answer;
      this.#hasAnswered = true;
      return rows;
    } catch (thrown) {
      if (!isAnswer(thrown)) this.lose();
      throw thrown;
    }
  }
}

/** What a call gets whose connection is gone. */
export function lost(): StorageError {
  return new StorageError("io", "The connection to the database is lost");
}

/** True for an error that the server sent about a statement and after which it goes on. */
function isAnswer(thrown: unknown): boolean {
  return thrown instanceof postgres.PostgresError && thrown.severity !== "FATAL" &&
    thrown.severity !== "PANIC";
}
