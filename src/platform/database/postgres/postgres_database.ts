import type { Clock } from "../../../base/mod.ts";
import { StorageError } from "../errors.ts";
import type { Migration } from "../migrations/migration.ts";
import { MIGRATIONS } from "../migrations/mod.ts";
import type { SqlDatabase, SqlRow, SqlSession, SqlValue } from "../sql_database.ts";
import type { Statements, TRANSACTION } from "./client.ts";
import { PostgresConnection } from "./connection.ts";
import { LOCKS } from "./locks.ts";
import { migrate } from "./schema.ts";

/** A database on a PostgreSQL server, version 14 or later. */
export class PostgresDatabase implements SqlDatabase {
  readonly kind = "postgres";
  /** For the rows of shares, which have statements of their own. */
  readonly connection: PostgresConnection;

  private constructor(connection: PostgresConnection) {
    this.connection = connection;
  }

  /** Connects, and brings the schema up to date. */
  static async open(
    url: string,
    modules: { readonly clock: Clock; readonly migrations?: readonly Migration[] },
  ): Promise<PostgresDatabase> {
    const connection = new PostgresConnection(url, modules.clock);
    try {
      await migrate(connection, modules.clock, modules.migrations ?? MIGRATIONS);
    } catch (thrown) {
      await connection.close();
      throw thrown;
    }
    return new PostgresDatabase(connection);
  }

  transaction<T>(work: (tx: SqlSession) => Promise<T>): Promise<T> {
    // A snapshot of the whole transaction would be taken before the lock is had, and show money as it
    // stood before the wait.
    return this.#transaction("writing", LOCKS.money, work);
  }

  write<T>(work: (tx: SqlSession) => Promise<T>): Promise<T> {
    return this.#transaction("writing", undefined, work);
  }

  read<T>(work: (tx: SqlSession) => Promise<T>): Promise<T> {
    return this.#transaction("reading", undefined, work);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  async #transaction<T>(
    mode: keyof typeof TRANSACTION,
    lock: bigint | undefined,
    work: (tx: SqlSession) => Promise<T>,
  ): Promise<T> {
    return await this.connection.use((client, alive) =>
      client.begin(mode, async (tx) => {
        const session = new PostgresSession(tx, this.connection, { alive, server: client });
        try {
          if (lock !== undefined) {
            await tx.unsafe("SELECT pg_advisory_xact_lock($1)", [lock], { prepare: true });
            alive();
          }
          return await work(session);
        } finally {
          session.end();
        }
      })
    );
  }
}

class PostgresSession implements SqlSession {
  readonly kind = "postgres";
  readonly server: object;
  readonly #tx: Statements;
  readonly #connection: PostgresConnection;
  readonly #alive: () => void;
  #ended = false;

  constructor(
    tx: Statements,
    connection: PostgresConnection,
    by: { readonly alive: () => void; readonly server: object },
  ) {
    this.#tx = tx;
    this.#connection = connection;
    this.#alive = by.alive;
    this.server = by.server;
  }

  async query(sql: string, parameters: readonly SqlValue[] = []): Promise<SqlRow[]> {
    const rows = await this.#run(sql, parameters);
    return rows as readonly SqlRow[] as SqlRow[];
  }

  async execute(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return (await this.#run(sql, parameters)).count;
  }

  end(): void {
    this.#ended = true;
  }

  async #run(sql: string, parameters: readonly SqlValue[]) {
    if (this.#ended) {
      throw new StorageError("closed", "Cannot run a statement: its transaction has ended");
    }
    try {
      return await this.#tx.unsafe(sql, parameters.map(bound), {
        // Compiled once for each connection; lists of rows come in few lengths, see `rowChunks`.
        prepare: parameters.length > 0,
      });
    } catch (thrown) {
      throw this.#connection.declared(thrown);
    } finally {
      this.#alive();
    }
  }
}

/** A number that is an integer is bound as one, so that its type is known without asking. */
function bound(value: SqlValue): SqlValue {
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}
