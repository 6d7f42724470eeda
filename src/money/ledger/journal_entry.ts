/**
 * Entries of a double-entry journal: values that never change once they are made.
 *
 * @module
 */
import { PoolError } from "../../base/mod.ts";
import type { Account } from "./account.ts";
import { MAX_MONEY_ZAT } from "../../chain/zcash/mod.ts";

/** One side of a movement; positive adds to the account, negative takes from it. */
export interface JournalLine {
  readonly account: Account;
  /** Zatoshis, never 0. */
  readonly amountZat: bigint;
}

/** A movement of money. */
export interface JournalEntry {
  /** Says what the entry is about, so that the same thing is posted once: `block:HASH:found`. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Why, for those who read the journal. */
  readonly reason: string;
  /** Sum to 0; no account stands there twice. */
  readonly lines: readonly JournalLine[];
}

/** An entry that breaks a rule of the journal; a fault of the program, and money stops. */
export class JournalError extends PoolError {
  constructor(message: string) {
    super("journal", message);
  }
}

/** What an entry is made of. Lines of one account are joined, and those that come to 0 are left out. */
export interface EntryParts {
  readonly id: string;
  readonly atMs: number;
  readonly reason: string;
  readonly lines: readonly JournalLine[];
}

/**
 * Makes an entry.
 *
 * @throws {JournalError} when the lines do not sum to 0, nothing would move, or an amount is
 * larger than all the money.
 */
export function makeEntry(parts: EntryParts): JournalEntry {
  const sums = new Map<Account, bigint>();
  for (const { account, amountZat } of parts.lines) {
    sums.set(account, (sums.get(account) ?? 0n) + amountZat);
  }
  const lines = [...sums].filter(([, amountZat]) => amountZat !== 0n)
    .map(([account, amountZat]) => Object.freeze({ account, amountZat }));
  if (parts.id === "") throw new JournalError("Cannot make an entry: it has no id");
  if (lines.length === 0) throw new JournalError(`Cannot make entry ${parts.id}: nothing moves`);
  const sum = lines.reduce((total, { amountZat }) => total + amountZat, 0n);
  if (sum !== 0n) {
    throw new JournalError(`Cannot make entry ${parts.id}: its lines sum to ${sum} zatoshis`);
  }
  const tooMuch = lines.find(({ amountZat }) => magnitude(amountZat) > MAX_MONEY_ZAT);
  if (tooMuch !== undefined) {
    throw new JournalError(`Cannot make entry ${parts.id}: ${tooMuch.amountZat} zatoshis move`);
  }
  return Object.freeze({ ...parts, lines: Object.freeze(lines) });
}

/** The entry that undoes another one exactly, line by line. */
export function reverseEntry(
  entry: JournalEntry,
  parts: Omit<EntryParts, "lines">,
): JournalEntry {
  return makeEntry({
    ...parts,
    lines: entry.lines.map(({ account, amountZat }) => ({ account, amountZat: -amountZat })),
  });
}

/** True when both say the same: same id, reason and lines, whatever their time and order. */
export function sameEntry(a: JournalEntry, b: JournalEntry): boolean {
  if (a.id !== b.id || a.reason !== b.reason || a.lines.length !== b.lines.length) return false;
  const amounts = new Map(a.lines.map(({ account, amountZat }) => [account, amountZat]));
  return b.lines.every(({ account, amountZat }) => amounts.get(account) === amountZat);
}

function magnitude(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}
