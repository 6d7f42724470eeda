import type { Account } from "../ledger/mod.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";
import { openAccounts } from "./journal_rows.ts";

/** Accounts opened by one transaction: some 10 ms in SQLite. */
const PIECE = 500;
/** Accounts remembered; a pool of 10,000 miners has 40,000. */
const REMEMBERED_MAX = 200_000;

/**
 * Opens the accounts of an entry before the transaction that posts it, a few at a time: the first
 * block that pays ten thousand miners would else hold up shares for as long as it takes to make
 * twenty thousand rows. An account that is never used afterwards stands at 0 and does no harm.
 */
export class AccountOpener {
  readonly #database: SqlDatabase;
  readonly #open = new Set<Account>();

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** Opens accounts; those that this object has opened before cost nothing. */
  async open(accounts: readonly Account[]): Promise<void> {
    const unknown = accounts.filter((account) => !this.#open.has(account));
    if (this.#open.size > REMEMBERED_MAX) this.#open.clear();
    for (let from = 0; from < unknown.length; from += PIECE) {
      const piece = unknown.slice(from, from + PIECE);
      await this.#database.transaction((tx) => openAccounts(tx, piece));
      for (const account of piece) this.#open.add(account);
    }
  }
}
