import { type Account, type JournalEntry, ownerOf } from "../../src/money/ledger/mod.ts";
import { LedgerStore, type StoredEpoch } from "../../src/money/books/mod.ts";
import { newestEpochs } from "../../src/money/books/epoch_rows.ts";
import { findEntry } from "../../src/money/books/journal_rows.ts";
import type { SqlDatabase } from "../../src/platform/database/mod.ts";
import type { BalanceSummary, MinerBalance } from "./reference_balances.ts";

/** Sums over all accounts; what blocks brought is positive here. */
interface LedgerSummary extends BalanceSummary {
  readonly networkFee: bigint;
  readonly suspense: bigint;
  readonly blockIncomeImmature: bigint;
  readonly blockIncomeMature: bigint;
}

/** An account and what stands in it. */
interface AccountBalance {
  readonly account: Account;
  readonly amountZat: bigint;
}

/** The stored ledger with all that a test looks for in it, read by statements of its own. */
export class ReadableLedger extends LedgerStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    super(database);
    this.#database = database;
  }

  /** Accounts that are not at 0 in the order of their names, those that begin with a prefix. */
  async balances(prefix = ""): Promise<AccountBalance[]> {
    const rows = await this.#database.read((tx) =>
      tx.query("SELECT name, balance_zat FROM journal_account WHERE balance_zat <> 0 ORDER BY name")
    );
    return rows.map((row) => ({
      account: row.name as Account,
      amountZat: row.balance_zat as bigint,
    })).filter(({ account }) => account.startsWith(prefix));
  }

  /** 0 for an account that never moved. */
  async balance(name: Account): Promise<bigint> {
    return (await this.balances(name)).find(({ account }) => account === name)?.amountZat ?? 0n;
  }

  async miner(minerId: string): Promise<MinerBalance> {
    const balance = { immature: 0n, available: 0n, reserved: 0n, paid: 0n };
    for (const { account, amountZat } of await this.balances()) {
      const owner = ownerOf(account);
      if (owner?.minerId === minerId) balance[owner.part] = amountZat;
    }
    return balance;
  }

  async summary(): Promise<LedgerSummary> {
    const sums = new Map<string, bigint>();
    for (const { account, amountZat } of await this.balances()) {
      const name = ownerOf(account)?.part ?? account;
      sums.set(name, (sums.get(name) ?? 0n) + amountZat);
    }
    const sum = (name: string): bigint => sums.get(name) ?? 0n;
    const [immature, available, reserved] = [sum("immature"), sum("available"), sum("reserved")];
    return {
      ...{ immature, available, reserved, liability: immature + available + reserved },
      paid: sum("paid"),
      poolFee: sum("pool-fee"),
      poolVariance: sum("pool-variance"),
      networkFee: sum("network-fee"),
      suspense: sum("suspense"),
      blockIncomeImmature: -sum("block-income:immature"),
      blockIncomeMature: -sum("block-income:mature"),
    };
  }

  entry(id: string): Promise<JournalEntry | undefined> {
    return this.#database.read((tx) => findEntry(tx, id));
  }

  /** All entries, the oldest first. */
  async entries(): Promise<JournalEntry[]> {
    return await this.#database.read(async (tx) => {
      const entries: JournalEntry[] = [];
      for (const { key } of await tx.query("SELECT key FROM journal_entry ORDER BY id")) {
        const entry = await findEntry(tx, key as string);
        if (entry !== undefined) entries.push(entry);
      }
      return entries;
    });
  }

  /** The oldest first. */
  async epochs(): Promise<StoredEpoch[]> {
    return (await this.#database.read((tx) => newestEpochs(tx, 1_000))).reverse();
  }
}
