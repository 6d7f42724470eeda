import type { Account, Epoch, JournalEntry, MinerBalance } from "../ledger/mod.ts";
import {
  type AccountBalance,
  balancesFrom,
  dueFrom,
  type LedgerSummary,
  minerBalance,
  type Page,
  summaryOf,
  sumOfPart,
} from "./balance_rows.ts";
import { allEpochs, beginEpoch, lastEpoch, type StoredEpoch } from "./epoch_rows.ts";
import {
  type AccountLine,
  balanceOf,
  findEntry,
  postEntry,
  type StoredEntry,
} from "./journal_rows.ts";
import type { SqlDatabase, SqlSession } from "../../platform/database/mod.ts";

/** A part of an account's history. */
export interface HistoryRange {
  /** From this moment on, Unix milliseconds; from the beginning when not given. */
  readonly fromMs?: number;
  /** Before this moment. */
  readonly toMs?: number;
  /** Lines with a lower number, for the next page of a list that begins with the newest. */
  readonly before?: bigint;
  /** 1 to 10,000. */
  readonly limit: number;
}

/**
 * The stored journal and its balances. Whatever moves money goes through {@link post}; the balances
 * are written in the same transaction and can be made again from the journal at any time.
 *
 * Every method takes a session where it should be part of a transaction; without one it has its own.
 */
export class LedgerStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /**
   * Posts an entry, once for each id.
   *
   * @param actor who did it, where that was a person.
   * @returns `exists` when the very same was posted before, and then nothing changes.
   * @throws {JournalError} when the id stands for another movement already, or when a balance would
   * be where it cannot be. A transaction of the caller has to be undone then.
   */
  post(entry: JournalEntry, tx?: SqlSession, actor = ""): Promise<"posted" | "exists"> {
    const post = (session: SqlSession) => postEntry(session, entry, actor);
    return tx === undefined ? this.#database.transaction(post) : post(tx);
  }

  /** The entry of an id. */
  entry(id: string, tx?: SqlSession): Promise<StoredEntry | undefined> {
    return this.#read(tx, (session) => findEntry(session, id));
  }

  /** The balance of an account; 0 for one that never moved. */
  balance(account: Account, tx?: SqlSession): Promise<bigint> {
    return this.#read(tx, (session) => balanceOf(session, account));
  }

  /** Accounts that are not at 0 in the order of their names, those that begin with the prefix. */
  balances(prefix: string, page: Page, tx?: SqlSession): Promise<AccountBalance[]> {
    return this.#read(tx, (session) => balancesFrom(session, prefix, page));
  }

  /** What one miner has by the journal; shares of the hour that runs come to it when it is closed. */
  miner(minerId: string, tx?: SqlSession): Promise<MinerBalance> {
    return this.#read(tx, (session) => minerBalance(session, minerId));
  }

  /** Sums over all accounts. */
  summary(tx?: SqlSession): Promise<LedgerSummary> {
    return this.#read(tx, summaryOf);
  }

  /** Miners with at least so much available, in the order of their ids, a page of them. */
  due(
    tx: SqlSession,
    page: Page & { readonly minZat: bigint },
  ): Promise<{ minerId: string; availableZat: bigint }[]> {
    return dueFrom(tx, page);
  }

  /** The sum of all reserved accounts. */
  reserved(tx?: SqlSession): Promise<bigint> {
    return this.#read(tx, (session) => sumOfPart(session, "reserved"));
  }

  /** The lines of an account, the newest first. */
  entriesOf(account: Account, range: HistoryRange, tx?: SqlSession): Promise<AccountLine[]> {
    return this.#read(tx, (session) => linesOf(session, account, range));
  }

  /** Entries from a number on with all their lines, oldest first: for exports, page by page. */
  async entries(
    range: { readonly after: bigint; readonly limit: number },
    tx?: SqlSession,
  ): Promise<StoredEntry[]> {
    return await this.#read(tx, async (session) => {
      const keys = await session.query(
        "SELECT key FROM journal_entry WHERE id > $1 ORDER BY id LIMIT $2",
        [range.after, range.limit],
      );
      const entries: StoredEntry[] = [];
      for (const { key } of keys) {
        const entry = await findEntry(session, key as string);
        if (entry !== undefined) entries.push(entry);
      }
      return entries;
    });
  }

  /** All epochs in the order of their beginning. */
  epochs(tx?: SqlSession): Promise<StoredEpoch[]> {
    return this.#read(tx, allEpochs);
  }

  /** The newest epoch; undefined before the first. */
  lastEpoch(tx?: SqlSession): Promise<StoredEpoch | undefined> {
    return this.#read(tx, lastEpoch);
  }

  /** Records from when on these terms hold; nothing when they hold already. */
  beginEpoch(terms: Omit<Epoch, "fromMs">, atMs: number): Promise<StoredEpoch> {
    return this.#database.transaction((tx) => beginEpoch(tx, terms, atMs));
  }

  #read<T>(tx: SqlSession | undefined, work: (tx: SqlSession) => Promise<T>): Promise<T> {
    return tx === undefined ? this.#database.read(work) : work(tx);
  }
}

async function linesOf(
  tx: SqlSession,
  account: Account,
  { fromMs, toMs, before, limit }: HistoryRange,
): Promise<AccountLine[]> {
  const rows = await tx.query(
    `SELECT journal_entry.id, key, at_ms, reason, actor, amount_zat
     FROM journal_line JOIN journal_entry ON journal_entry.id = journal_line.entry
     WHERE journal_line.account = (SELECT id FROM journal_account WHERE name = $1)
       AND journal_line.entry < $2 AND at_ms >= $3 AND at_ms < $4
     ORDER BY journal_line.entry DESC LIMIT $5`,
    [account, before ?? 2n ** 63n - 1n, fromMs ?? 0, toMs ?? 2 ** 52, limit],
  );
  return rows.map((row) => ({
    number: row.id as bigint,
    entryId: row.key as string,
    atMs: Number(row.at_ms),
    reason: row.reason as string,
    actor: row.actor as string,
    amountZat: row.amount_zat as bigint,
  }));
}
