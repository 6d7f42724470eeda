/**
 * Pay per share in the journal: one entry for each hour. Until it is written the share rows are the
 * record.
 *
 * @module
 */
import { minerAccount } from "./account.ts";
import { PICO_PER_ZAT } from "./amounts.ts";
import { type JournalEntry, type JournalLine, makeEntry } from "./journal_entry.ts";

/** A miner's part of an hour. */
export interface PpsMinerHour {
  readonly minerId: string;
  /** Sum of the credits of the hour's shares, 10^-12 zatoshis. */
  readonly creditPicoZat: bigint;
  /** What former hours left below one zatoshi, 0 to 10^12 - 1. */
  readonly carryPicoZat: bigint;
}

/**
 * Turns an hour's credits into whole zatoshis that are due at once; each miner's fraction goes on to
 * the next hour, so that over time nothing is rounded. One entry holds all miners: the journal grows
 * by a line for each miner and hour.
 *
 * @param hour hours since 1970-01-01 (UTC).
 * @param atMs when it is posted, Unix milliseconds.
 * @returns no entry when nobody has a whole zatoshi; what is carried on, in the order given.
 * @throws {RangeError} when a credit or carry is out of its range.
 */
export function ppsHoursPosted(
  hour: number,
  atMs: number,
  miners: readonly PpsMinerHour[],
): { readonly entry?: JournalEntry; readonly carriesPicoZat: bigint[] } {
  const lines: JournalLine[] = [];
  const carriesPicoZat = miners.map((miner) => {
    const sum = creditOf(miner);
    const amountZat = sum / PICO_PER_ZAT;
    lines.push(
      { account: "pool-variance", amountZat: -amountZat },
      { account: minerAccount(miner.minerId, "available"), amountZat },
    );
    return sum % PICO_PER_ZAT;
  });
  if (lines.every(({ amountZat }) => amountZat === 0n)) return { carriesPicoZat };
  const entry = makeEntry({
    id: `pps:${hour}`,
    atMs,
    reason: "accepted shares of one hour",
    lines,
  });
  return { entry, carriesPicoZat };
}

function creditOf({ creditPicoZat, carryPicoZat }: PpsMinerHour): bigint {
  if (creditPicoZat < 0n || carryPicoZat < 0n || carryPicoZat >= PICO_PER_ZAT) {
    throw new RangeError("Cannot post an hour of shares: a credit or its carry is out of range");
  }
  return carryPicoZat + creditPicoZat;
}
