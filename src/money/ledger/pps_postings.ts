/**
 * Pay per share in the journal: one entry for each miner and hour. Until it is written the share
 * rows are the record.
 *
 * @module
 */
import { minerAccount } from "./account.ts";
import { PICO_PER_ZAT } from "./amounts.ts";
import { type JournalEntry, makeEntry } from "./journal_entry.ts";

/** One miner's hour. */
export interface PpsHour {
  readonly minerId: string;
  /** Hours since 1970-01-01 (UTC). */
  readonly hour: number;
  /** Sum of the credits of the hour's shares, 10^-12 zatoshis. */
  readonly creditPicoZat: bigint;
  /** What former hours left below one zatoshi, 0 to 10^12 - 1. */
  readonly carryPicoZat: bigint;
  /** When the hour is posted, Unix milliseconds. */
  readonly atMs: number;
}

/**
 * Turns an hour's credits into whole zatoshis that are due at once; the fraction goes on to the
 * next hour, so that over time nothing is rounded.
 *
 * @returns no entry when there is no whole zatoshi yet; what is carried on in any case.
 */
export function ppsHourPosted(
  hour: PpsHour,
): { readonly entry?: JournalEntry; readonly carryPicoZat: bigint } {
  if (hour.creditPicoZat < 0n || hour.carryPicoZat < 0n || hour.carryPicoZat >= PICO_PER_ZAT) {
    throw new RangeError("Cannot post an hour of shares: a credit or its carry is out of range");
  }
  const sum = hour.carryPicoZat + hour.creditPicoZat;
  const zat = sum / PICO_PER_ZAT;
  const carryPicoZat = sum % PICO_PER_ZAT;
  if (zat === 0n) return { carryPicoZat };
  const entry = makeEntry({
    id: `pps:${hour.hour}:${hour.minerId}`,
    atMs: hour.atMs,
    reason: "accepted shares of one hour",
    lines: [
      { account: "pool-variance", amountZat: -zat },
      { account: minerAccount(hour.minerId, "available"), amountZat: zat },
    ],
  });
  return { entry, carryPicoZat };
}

/** A miner's part of an hour. */
export interface PpsMinerHour {
  readonly minerId: string;
  /** Sum of the credits of the hour's shares, 10^-12 zatoshis. */
  readonly creditPicoZat: bigint;
  /** What former hours left below one zatoshi, 0 to 10^12 - 1. */
  readonly carryPicoZat: bigint;
}

/**
 * One hour of all miners as one entry, so that the journal grows by a line for each miner and hour:
 * the same movements as those of {@link ppsHourPosted} taken together.
 *
 * @param hour hours since 1970-01-01 (UTC).
 * @param atMs when it is posted, Unix milliseconds.
 * @returns no entry when nobody has a whole zatoshi; what is carried on, in the order given.
 */
export function ppsHoursPosted(
  hour: number,
  atMs: number,
  miners: readonly PpsMinerHour[],
): { readonly entry?: JournalEntry; readonly carriesPicoZat: bigint[] } {
  const posted = miners.map((miner) => ppsHourPosted({ ...miner, hour, atMs }));
  const carriesPicoZat = posted.map(({ carryPicoZat }) => carryPicoZat);
  const lines = posted.flatMap(({ entry }) => entry?.lines ?? []);
  if (lines.length === 0) return { carriesPicoZat };
  const entry = makeEntry({
    id: `pps:${hour}`,
    atMs,
    reason: "accepted shares of one hour",
    lines,
  });
  return { entry, carriesPicoZat };
}
