/**
 * The journal read from its first line to its last, and what follows from it.
 *
 * @module
 */
import { type Account, balanceFault, ownerOf } from "../ledger/mod.ts";
import type { SqlSession } from "../../platform/database/mod.ts";
import { Faults, type Invariant } from "./audit_report.ts";

/** Lines read by one statement; SQLite holds the event loop for some 4 ms meanwhile. */
const CHUNK = 2_000;

/** What the journal's lines come to. */
export interface JournalSums {
  readonly entries: number;
  readonly lines: number;
  /** The sum of each account, by its row id. */
  readonly accounts: Map<bigint, bigint>;
  /** What pay per share posted to each miner. */
  readonly ppsPosted: Map<string, bigint>;
  /** What each block's entries moved of the pool's income, by hash in display order. */
  readonly blocks: Map<string, BlockIncome>;
  /** Entries that do not sum to 0, or have no line. */
  readonly unbalanced: Faults;
  /** Entries about payouts that gave a miner something, or touched what they have no part in. */
  readonly leaks: Faults;
}

/**
 * What a block brought, in zatoshis (as in the journal: below 0). Its miners' lines are not kept: with
 * ten thousand miners those of some thousand blocks are more than fits into memory.
 */
export interface BlockIncome {
  immature: bigint;
  mature: bigint;
}

interface EntrySums {
  key: string;
  sum: bigint;
  readonly miners: Map<string, bigint>;
}

/** Reads all of it, in pieces. */
export async function readJournal(tx: SqlSession): Promise<JournalSums> {
  const sums: JournalSums & { entries: number; lines: number } = {
    entries: 0,
    lines: 0,
    accounts: new Map(),
    ppsPosted: new Map(),
    blocks: new Map(),
    unbalanced: new Faults(),
    leaks: new Faults(),
  };
  const names = await accountNames(tx);
  let entry = 0n;
  let account = 0n;
  let open: (EntrySums & { id: bigint }) | undefined;
  for (;;) {
    const rows = await tx.query(
      `SELECT entry, account, amount_zat, coalesce(key, '') AS key FROM journal_line
       LEFT JOIN journal_entry ON journal_entry.id = entry
       WHERE (entry, account) > ($1, $2) ORDER BY entry, account LIMIT ${CHUNK}`,
      [entry, account],
    );
    for (const row of rows) {
      entry = row.entry as bigint;
      account = row.account as bigint;
      const amount = row.amount_zat as bigint;
      if (open?.id !== entry) {
        if (open !== undefined) endEntry(sums, open);
        open = { id: entry, key: row.key as string, sum: 0n, miners: new Map() };
        sums.entries++;
      }
      sums.lines++;
      open.sum += amount;
      add(sums.accounts, account, amount);
      addLine(sums, open, names.get(account) ?? `account ${account}`, amount);
    }
    if (rows.length < CHUNK) break;
  }
  if (open !== undefined) endEntry(sums, open);
  const [row] = await tx.query("SELECT count(*) AS count FROM journal_entry");
  if (Number(row?.count) !== sums.entries) {
    sums.unbalanced.add(`${Number(row?.count) - sums.entries} entries have no line`);
  }
  return sums;
}

/** What follows from the journal alone. */
export async function auditJournal(tx: SqlSession, sums: JournalSums): Promise<Invariant[]> {
  const balances = new Faults();
  const signs = new Faults();
  const unknown = new Set(sums.accounts.keys());
  let total = 0n;
  let accounts = 0;
  let after = 0n;
  for (;;) {
    const rows = await tx.query(
      `SELECT id, name, balance_zat FROM journal_account WHERE id > $1 ORDER BY id LIMIT ${CHUNK}`,
      [after],
    );
    for (const row of rows) {
      after = row.id as bigint;
      accounts++;
      unknown.delete(after);
      const name = row.name as Account;
      const sum = sums.accounts.get(after) ?? 0n;
      balances.compare(`the stored balance of ${name}`, row.balance_zat as bigint, sum);
      total += sum;
      const fault = balanceFault(name, sum);
      if (fault !== undefined) signs.add(fault);
    }
    if (rows.length < CHUNK) break;
  }
  for (const id of unknown) balances.add(`lines belong to no account, number ${id}`);
  const zero = new Faults();
  zero.compare("the sum of all accounts", total, 0n);
  return [
    sums.unbalanced.result("entries-sum-to-zero", `${sums.entries} entries, ${sums.lines} lines`),
    zero.result("accounts-sum-to-zero", `${accounts} accounts, sum ${total} zat`),
    balances.result("balances-equal-journal", `${accounts} balances made again`),
    signs.result("nobody-below-zero", `${accounts} accounts`),
    sums.leaks.result("payouts-move-and-never-make", `${sums.entries} entries`),
  ];
}

function addLine(sums: JournalSums, entry: EntrySums, name: string, amount: bigint): void {
  const owner = ownerOf(name as Account);
  if (owner !== undefined) add(entry.miners, owner.minerId, amount);
  else if (entry.key.startsWith("payout:") && name !== "pool-fee") {
    sums.leaks.add(`entry ${entry.key} moves ${name}`);
  }
  const hash = /^block:([^:]+):/.exec(entry.key)?.[1];
  if (hash === undefined) return;
  const block = sums.blocks.get(hash) ?? { immature: 0n, mature: 0n };
  if (name === "block-income:immature") block.immature += amount;
  if (name === "block-income:mature") block.mature += amount;
  sums.blocks.set(hash, block);
}

function endEntry(sums: JournalSums, { key, sum, miners }: EntrySums): void {
  if (key === "") sums.unbalanced.add("lines belong to no entry");
  if (sum !== 0n) sums.unbalanced.add(`entry ${key} sums to ${sum} zat`);
  if (key.startsWith("pps:")) {
    for (const [minerId, amount] of miners) add(sums.ppsPosted, minerId, amount);
  }
  if (!key.startsWith("payout:")) return;
  for (const [minerId, amount] of miners) {
    // What is missing is the part of the network's fee that the payee bears.
    if (amount > 0n) sums.leaks.add(`entry ${key} leaves ${minerId} with ${amount} zat`);
  }
}

async function accountNames(tx: SqlSession): Promise<Map<bigint, string>> {
  const names = new Map<bigint, string>();
  let after = 0n;
  for (;;) {
    const rows = await tx.query(
      `SELECT id, name FROM journal_account WHERE id > $1 ORDER BY id LIMIT ${CHUNK}`,
      [after],
    );
    for (const row of rows) {
      after = row.id as bigint;
      names.set(after, row.name as string);
    }
    if (rows.length < CHUNK) return names;
  }
}

function add<K>(sums: Map<K, bigint>, key: K, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
}
