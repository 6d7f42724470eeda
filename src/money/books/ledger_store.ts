import type { Account, Epoch, JournalEntry } from "../ledger/mod.ts";
import type { SqlDatabase, SqlSession } from "../../platform/database/mod.ts";
import { dueFrom, type DueMiner, type DuePage, sumOfPart } from "./balance_rows.ts";
import { beginEpoch, lastEpoch, type StoredEpoch } from "./epoch_rows.ts";
import { postEntry } from "./journal_rows.ts";
import { type JournalRow, linesOf } from "./movement_rows.ts";

/**
 * The ledger as what moves money uses it; people read it through `LedgerReports`. The balances are
 * written in the transaction of their entry and can be made again from the journal at any time.
 *
 * A method takes a session where it should be part of a transaction; without one it has its own.
 */
export class LedgerStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /**
   * Posts an entry, once for each id.
   *
   * @returns `exists` when the very same was posted before, and then nothing changes.
   * @throws {JournalError} when the id stands for another movement already, or when a balance would
   * be where it cannot be. A transaction of the caller has to be undone then.
   */
  post(entry: JournalEntry, tx?: SqlSession): Promise<"posted" | "exists"> {
    const post = (session: SqlSession) => postEntry(session, entry);
    return tx === undefined ? this.#database.transaction(post) : post(tx);
  }

  /** Miners with at least so much available, in the order of their ids, a page of them. */
  due(tx: SqlSession, page: DuePage): Promise<DueMiner[]> {
    return dueFrom(tx, page);
  }

  /** The sum of all reserved accounts. */
  reserved(tx?: SqlSession): Promise<bigint> {
    const read = (session: SqlSession) => sumOfPart(session, "reserved");
    return tx === undefined ? this.#database.read(read) : read(tx);
  }

  /** The lines of an account from a moment on, the newest first. */
  entriesOf(
    account: Account,
    range: { readonly fromMs: number; readonly limit: number },
    tx: SqlSession,
  ): Promise<JournalRow[]> {
    return linesOf(tx, account, range);
  }

  /** The newest epoch; undefined before the first. */
  lastEpoch(): Promise<StoredEpoch | undefined> {
    return this.#database.read(lastEpoch);
  }

  /** Records from when on these terms hold; nothing when they hold already. */
  beginEpoch(terms: Omit<Epoch, "fromMs">, atMs: number): Promise<StoredEpoch> {
    return this.#database.transaction((tx) => beginEpoch(tx, terms, atMs));
  }
}
