import { Accounts } from "../accounts/mod.ts";
import { type Clock, PoolError } from "../base/mod.ts";
import { databasePath, IN_MEMORY, type ParsedConfig } from "../config/mod.ts";
import { AccountStore, openDatabase, PayoutStore, type SqlDatabase } from "../storage/mod.ts";
import { poolNetwork } from "./options.ts";

/** The pool's books as commands use them, beside a pool that runs or without one. */
export interface Books {
  readonly database: SqlDatabase;
  readonly accounts: Accounts;
  /** Until somebody resumes them, payments begin nothing new; it stays in the audit trail. */
  pausePayments(actor: string, reason: string): Promise<void>;
  close(): Promise<void>;
}

/** There are no books to open. */
export class BooksError extends PoolError {
  constructor(message: string) {
    super("no-books", message);
  }
}

/**
 * Opens the books of a configuration's pool.
 *
 * @param options `create` makes a database that is not there yet.
 * @throws {BooksError} when there are none; {StorageError} when they cannot be used.
 */
export async function openBooks(
  parsed: ParsedConfig,
  options: { readonly create?: boolean },
  modules: { readonly clock: Clock },
): Promise<Books> {
  const database = await openDatabase(location(parsed, options.create ?? false), modules);
  const accounts = new Accounts(poolNetwork(parsed.config), {
    store: new AccountStore(database),
    clock: modules.clock,
  });
  const payouts = new PayoutStore();
  return {
    database,
    accounts,
    pausePayments: (actor, reason) =>
      database.transaction(async (tx) => {
        const atMs = modules.clock.now();
        await payouts.pause(tx, { actor, reason, atMs });
        await payouts.appendAction(tx, { atMs, actor, action: "pause", subject: "", reason });
      }),
    close: () => database.close(),
  };
}

function location(parsed: ParsedConfig, create: boolean): { url: string } | { path: string } {
  const { url } = parsed.config.database;
  if (url !== undefined) return { url: url.reveal() };
  const { path } = databasePath(parsed);
  if (path === IN_MEMORY) {
    throw new BooksError(
      "Cannot open the books: database.path is :memory:, so that they are the running pool's alone",
    );
  }
  if (!create && !isFile(path)) {
    throw new BooksError(
      `Cannot open the books: there are none at ${path}; set server.data_dir, database.path or ` +
        "database.url as the pool has them, or start the pool once",
    );
  }
  return { path };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
