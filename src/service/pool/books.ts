import { Accounts } from "../../money/accounts/mod.ts";
import { type Clock, PoolError, silentLogger, systemRandom } from "../../base/mod.ts";
import { databasePath, IN_MEMORY, type ParsedConfig } from "../config/mod.ts";
import { AccountStore } from "../../money/accounts/mod.ts";
import {
  audit,
  type AuditReport,
  LedgerReports,
  LedgerStore,
  RunningHour,
  ShareReader,
} from "../../money/books/mod.ts";
import { openRecords, type Store, type StoreLocation } from "../../money/records/mod.ts";
import { PayoutStore } from "../../money/payouts/mod.ts";
import { type SqlDatabase } from "../../platform/database/mod.ts";
import {
  NO_PAYOUT_METRICS,
  type PaymentPlan,
  PayoutEngine,
  PayoutOperator,
} from "../../money/payouts/mod.ts";
import { makeNodes } from "./nodes.ts";
import { paymentParts } from "./payment_parts.ts";
import { poolNetwork } from "./options.ts";

/** The pool's books as commands use them, beside a pool that runs or without one. */
export interface Books {
  readonly database: SqlDatabase;
  readonly store: Store;
  readonly reports: LedgerReports;
  /** What shares have earned that no closed hour covers; to be looked at first. */
  readonly runningHour: RunningHour;
  readonly ledger: LedgerStore;
  readonly payouts: PayoutStore;
  readonly accounts: Accounts;
  /** Computes everything again. @param hours closed hours that are made again from their shares. */
  audit(hours: number): Promise<AuditReport>;
  /** What a person can do about payments. */
  paymentDesk(): PayoutOperator;
  /** What a run would pay now. */
  planPayments(): Promise<PaymentPlan>;
  /** Until somebody resumes them, payments begin nothing new; it stays in the audit trail. */
  pausePayments(actor: string, reason: string): Promise<void>;
  close(): Promise<void>;
}

/** As long as PostgreSQL waits for one: a pool that runs beside a command writes several times a second. */
const LOCK_WAIT_MS = 10_000;

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
  const { store, database } = await openRecords(
    location(parsed, options.create ?? false),
    modules,
  );
  const accounts = new Accounts(poolNetwork(parsed.config), {
    store: new AccountStore(database),
    clock: modules.clock,
  });
  const reader = new ShareReader(database);
  const payouts = new PayoutStore();
  const ledger = new LedgerStore(database);
  const payments = paymentParts(parsed.config, {
    ...{ database, ledger, accounts, nodes: makeNodes(parsed.config, modules.clock) },
    ...{ clock: modules.clock, random: systemRandom, logger: silentLogger },
    metrics: NO_PAYOUT_METRICS,
  });
  return {
    database,
    store,
    reports: new LedgerReports(database),
    runningHour: new RunningHour({ database, reader }),
    ledger,
    payouts,
    audit: (hours) =>
      audit({ hours }, {
        database,
        reader,
        clock: modules.clock,
      }),
    paymentDesk: () => new PayoutOperator(payments.options, payments.modules),
    planPayments: () => new PayoutEngine(payments.options, payments.modules).dryRun(),
    accounts,
    pausePayments: (actor, reason) =>
      new PayoutOperator(payments.options, payments.modules).pause({ actor, reason }),
    close: () => store.close(),
  };
}

function location(parsed: ParsedConfig, create: boolean): StoreLocation {
  const { url } = parsed.config.database;
  if (url !== undefined) return { kind: "postgres", url: url.reveal() };
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
  return { kind: "sqlite", path, lockWaitMs: LOCK_WAIT_MS };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
