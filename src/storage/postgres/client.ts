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

/** Statements each by itself, or several in a transaction. */
export interface Client extends Statements {
  /** Runs the work in a transaction, which is undone when the work throws. */
  begin<T>(work: (tx: Statements) => Promise<T>, mode?: string): Promise<T>;
}

/** A connection that was reserved: the client's type, as far as it is used here. */
interface Reserved {
  unsafe(sql: string, parameters: never[], options: { prepare: boolean }): Promise<unknown>;
  release(): void;
}

/**
 * Connections of npm:postgres, all of which are given up together when one of them is lost.
 *
 * That package (3.4.9) must not be asked for anything on a connection that has been closed: it keeps
 * what it could not send for the next connection, or writes to a socket that is not there any more,
 * outside of every promise, which ends the process. Its own transactions do that, for they send a
 * rollback whatever has happened. Here nothing is sent once a connection is lost, and what is left
 * of the client is thrown away.
 */
export class LossyClient implements Client {
  readonly #sql: postgres.Sql;
  readonly #lost: () => void;
  #isLost = false;

  /** @param lost is told once, when the client must not be used any more. */
  constructor(
    options: postgres.Options<Record<string, postgres.PostgresType>>,
    lost: () => void,
  ) {
    this.#lost = lost;
    this.#sql = postgres({ ...options, onclose: () => this.lose() });
  }

  async unsafe(
    sql: string,
    parameters: readonly unknown[] = [],
    { prepare = false } = {},
  ): Promise<Rows> {
    this.#refuseLost();
    return await this.#guard(this.#sql.unsafe(sql, parameters as never[], { prepare }));
  }

  async begin<T>(work: (tx: Statements) => Promise<T>, mode = ""): Promise<T> {
    this.#refuseLost();
    const connection = await this.#guard(this.#sql.reserve()) as unknown as Reserved;
    const tx: Statements = {
      unsafe: async (sql, parameters = [], { prepare = false } = {}) => {
        this.#refuseLost();
        return await this.#guard(
          connection.unsafe(sql, parameters as never[], { prepare }) as Promise<Rows>,
        );
      },
    };
    try {
      await tx.unsafe(`BEGIN ${mode}`);
      const result = await work(tx);
      await tx.unsafe("COMMIT");
      return result;
    } catch (thrown) {
      if (!this.#isLost) await tx.unsafe("ROLLBACK").catch(() => this.lose());
      throw thrown;
    } finally {
      if (!this.#isLost) connection.release();
    }
  }

  /** Throws the connections away; whoever waits for an answer gets an error. */
  lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#lost();
    this.#sql.end({ timeout: 0 }).catch(() => {});
  }

  /** Waits for what runs, for some seconds at most. */
  async end(timeoutS: number): Promise<void> {
    if (this.#isLost) return;
    this.#isLost = true;
    await this.#sql.end({ timeout: timeoutS });
  }

  #refuseLost(): void {
    if (this.#isLost) throw new StorageError("io", "The connection to the database is lost");
  }

  async #guard<T>(answer: PromiseLike<T>): Promise<T> {
    try {
      return await answer;
    } catch (thrown) {
      if (!isAnswer(thrown)) this.lose();
      throw thrown;
    }
  }
}

/** True for an error that the server sent about a statement and after which it goes on. */
function isAnswer(thrown: unknown): boolean {
  return thrown instanceof postgres.PostgresError && thrown.severity !== "FATAL" &&
    thrown.severity !== "PANIC";
}
