/**
 * What a block that pays miners in its own coinbase means for the journal, beside its reward: debts
 * are set aside while it is immature, given up when a rival holds the chain, and paid with what the
 * block itself brought once it is mature.
 *
 * @module
 */
import { minerAccount, paidOut } from "./account.ts";
import type { PostedBlock } from "./block_postings.ts";
import type { CoinbasePayment } from "./coinbase_split.ts";
import { type JournalEntry, type JournalLine, makeEntry } from "./journal_entry.ts";

/**
 * The debts that the coinbase pays are due nowhere else.
 *
 * @param round 1 for the first time, 2 after they were given up, and so on.
 * @returns undefined when it pays no debt.
 */
export function debtsSetAside(
  block: PostedBlock,
  payments: readonly CoinbasePayment[],
  round: number,
): JournalEntry | undefined {
  return debtsMoved(block, payments, {
    step: `set-aside:${round}`,
    reason: "set aside for the block's coinbase",
    toReserved: true,
  });
}

/** The block is off the best chain: exactly what was set aside for it is due again. */
export function debtsGivenUp(
  block: PostedBlock,
  payments: readonly CoinbasePayment[],
  round: number,
): JournalEntry | undefined {
  return debtsMoved(block, payments, {
    step: `given-up:${round}`,
    reason: "the block is off the best chain, its coinbase pays nobody",
    toReserved: false,
  });
}

/**
 * The coinbase can be spent. Posted after the block's own maturity, which made the parts available.
 *
 * @returns undefined when it pays nobody but the pool.
 */
export function coinbasePaid(
  block: PostedBlock,
  payments: readonly CoinbasePayment[],
): JournalEntry | undefined {
  if (payments.length === 0) return undefined;
  return makeEntry({
    id: `block:${block.hash}:coinbase:paid`,
    atMs: block.atMs,
    reason: "paid by the block's coinbase",
    lines: payments.flatMap(({ minerId, debtZat, partZat }): JournalLine[] => [
      { account: minerAccount(minerId, "reserved"), amountZat: -debtZat },
      { account: minerAccount(minerId, "available"), amountZat: -partZat },
      { account: paidOut(minerId), amountZat: debtZat + partZat },
    ]),
  });
}

function debtsMoved(
  block: PostedBlock,
  payments: readonly CoinbasePayment[],
  { step, reason, toReserved }: {
    readonly step: string;
    readonly reason: string;
    readonly toReserved: boolean;
  },
): JournalEntry | undefined {
  const debts = payments.filter(({ debtZat }) => debtZat > 0n);
  if (debts.length === 0) return undefined;
  return makeEntry({
    id: `block:${block.hash}:coinbase:${step}`,
    atMs: block.atMs,
    reason,
    lines: debts.flatMap(({ minerId, debtZat }): JournalLine[] => {
      const amountZat = toReserved ? debtZat : -debtZat;
      return [
        { account: minerAccount(minerId, "available"), amountZat: -amountZat },
        { account: minerAccount(minerId, "reserved"), amountZat },
      ];
    }),
  });
}
