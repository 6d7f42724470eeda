/**
 * Shares against the hours that were made of them, and hours against what was posted for them.
 *
 * @module
 */
import { PICO_PER_ZAT, ppsCredit, WORK_BITS } from "../ledger/mod.ts";
import type { SqlSession } from "../../platform/database/mod.ts";
import type { JournalSums } from "./audit_journal.ts";
import { Faults, type Invariant } from "./audit_report.ts";
import { addGroups, type MinerWork } from "./miner_work.ts";
import { type ShareReader } from "./share_reader.ts";

const CHUNK = 2_000;

interface Hour {
  readonly hour: number;
  readonly from: bigint;
  readonly through: bigint;
  readonly removed: boolean;
  /** The unit of work in the hour's rows is 2^-workBits expected solutions. */
  readonly workBits: number;
}

/** What all hours of a miner come to. */
interface HourSums {
  credits: bigint;
  posted: bigint;
}

/**
 * @param hoursMax how many of the newest closed hours are made again from their share rows, and the
 * shares of the hour that runs; what is older was checked when it was newer, or has no rows.
 */
export async function auditShares(
  tx: SqlSession,
  reader: ShareReader,
  journal: JournalSums,
  hoursMax: number,
): Promise<Invariant[]> {
  const hours = await readHours(tx);
  const rowsOfHour = new Map<number, number>();
  return [
    tiling(hours),
    await postedEqualsHours(tx, journal, rowsOfHour),
    ...await hoursEqualRows(tx, reader, { hours, rowsOfHour }, hoursMax),
  ];
}

async function readHours(tx: SqlSession): Promise<Hour[]> {
  const hours: Hour[] = [];
  let after = -1n;
  for (;;) {
    const rows = await tx.query(
      `SELECT hour, from_share, through_share, removed, work_bits FROM share_hour
       WHERE hour > $1 ORDER BY hour LIMIT ${CHUNK}`,
      [after],
    );
    for (const row of rows) {
      after = row.hour as bigint;
      hours.push({
        hour: Number(row.hour),
        from: row.from_share as bigint,
        through: row.through_share as bigint,
        removed: row.removed === 1n,
        workBits: Number(row.work_bits),
      });
    }
    if (rows.length < CHUNK) return hours;
  }
}

/** Every share is in exactly one hour, or in the one that runs. */
function tiling(hours: readonly Hour[]): Invariant {
  const faults = new Faults();
  let through = 0n;
  for (const hour of hours) {
    faults.compare(`the beginning of hour ${hour.hour}`, hour.from, through);
    through = hour.through;
  }
  return faults.result("hours-cover-shares-once", `${hours.length} hours up to share ${through}`);
}

/**
 * For every miner: credits of all hours = what was posted + what is carried on.
 *
 * @param rowsOfHour is filled with the number of rows of each hour, since all are read here.
 */
async function postedEqualsHours(
  tx: SqlSession,
  journal: JournalSums,
  rowsOfHour: Map<number, number>,
): Promise<Invariant> {
  const sums = new Map<string, HourSums>();
  let after: readonly [bigint, bigint] = [0n, -1n];
  let rowCount = 0;
  for (;;) {
    const rows = await tx.query(
      `SELECT miner_hour.miner, hour, miner.miner_id, credit_zat, credit_pico FROM miner_hour
       JOIN miner ON miner.id = miner_hour.miner
       WHERE (miner_hour.miner, hour) > ($1, $2) ORDER BY miner_hour.miner, hour LIMIT ${CHUNK}`,
      after,
    );
    for (const row of rows) {
      after = [row.miner as bigint, row.hour as bigint];
      rowCount++;
      const hour = Number(row.hour);
      rowsOfHour.set(hour, (rowsOfHour.get(hour) ?? 0) + 1);
      const credit = (row.credit_zat as bigint) * PICO_PER_ZAT + (row.credit_pico as bigint);
      const minerId = row.miner_id as string;
      const sum = sums.get(minerId) ?? { credits: 0n, posted: 0n };
      sum.credits += credit;
      sums.set(minerId, sum);
    }
    if (rows.length < CHUNK) break;
  }
  const faults = new Faults();
  const carries = await readCarries(tx);
  for (const [minerId, posted] of journal.ppsPosted) {
    const sum = sums.get(minerId) ?? { credits: 0n, posted: 0n };
    sum.posted = posted;
    sums.set(minerId, sum);
  }
  let credits = 0n;
  for (const [minerId, sum] of sums) {
    credits += sum.credits;
    const expected = sum.posted * PICO_PER_ZAT + (carries.get(minerId) ?? 0n);
    faults.compare(`10^-12 zat credited to ${minerId} in closed hours`, sum.credits, expected);
  }
  const figure = `${rowCount} rows of ${sums.size} miners, ${credits / PICO_PER_ZAT} zat`;
  return faults.result("posted-equals-credited", figure);
}

async function readCarries(tx: SqlSession): Promise<Map<string, bigint>> {
  const carries = new Map<string, bigint>();
  let after = 0n;
  for (;;) {
    const rows = await tx.query(
      `SELECT miner_carry.miner, miner.miner_id, carry_pico FROM miner_carry
       JOIN miner ON miner.id = miner_carry.miner
       WHERE miner_carry.miner > $1 ORDER BY miner_carry.miner LIMIT ${CHUNK}`,
      [after],
    );
    for (const row of rows) {
      after = row.miner as bigint;
      carries.set(row.miner_id as string, row.carry_pico as bigint);
    }
    if (rows.length < CHUNK) return carries;
  }
}

/** The rows of hours made again from their shares, and each credit from its terms. */
async function hoursEqualRows(
  tx: SqlSession,
  reader: ShareReader,
  { hours, rowsOfHour }: {
    readonly hours: readonly Hour[];
    readonly rowsOfHour: ReadonlyMap<number, number>;
  },
  hoursMax: number,
): Promise<Invariant[]> {
  const hourFaults = new Faults();
  const creditFaults = new Faults();
  let shares = 0;
  const weigh = async (
    { from, through, workBits }: Pick<Hour, "from" | "through" | "workBits">,
  ): Promise<Map<string, MinerWork>> => {
    const sums = new Map<string, MinerWork>();
    for await (const groups of reader.groups(tx, from, through)) {
      addGroups(sums, groups, workBits);
      for (const { target, terms, minerId, shares: count, creditPicoZat } of groups) {
        shares += count;
        if (terms === undefined) continue;
        const { networkTarget, rewardZat, feePpm } = terms;
        const one = ppsCredit({
          shareTarget: target,
          networkTarget,
          subsidyZat: rewardZat,
          feePpm,
        });
        creditFaults.compare(
          `10^-12 zat of ${count} shares of ${minerId}`,
          creditPicoZat,
          one * BigInt(count),
        );
      }
    }
    return sums;
  };
  const present = hours.filter(({ removed }) => !removed);
  const again = hoursMax === 0 ? [] : present.slice(-hoursMax);
  for (const { hour, ...range } of again) {
    const made = await weigh(range);
    await compareHour(tx, hour, made, hourFaults);
    hourFaults.compare(`rows of hour ${hour}`, rowsOfHour.get(hour) ?? 0, made.size);
  }
  const from = hours.at(-1)?.through ?? 0n;
  const [row] = await tx.query("SELECT coalesce(max(id), 0) AS newest FROM share");
  const running = await weigh({ from, through: row?.newest as bigint, workBits: WORK_BITS });
  let owed = 0n;
  for (const { creditPicoZat } of running.values()) owed += creditPicoZat;
  return [
    hourFaults.result("hours-equal-share-rows", `${again.length} hours made again`),
    creditFaults.result(
      "credits-equal-terms",
      `${shares} shares; ${owed / PICO_PER_ZAT} zat not posted yet`,
    ),
  ];
}

async function compareHour(
  tx: SqlSession,
  hour: number,
  made: ReadonlyMap<string, MinerWork>,
  faults: Faults,
): Promise<void> {
  for (const [minerId, work] of made) {
    const [row] = await tx.query(
      `SELECT shares, work, pico_blocks, credit_zat, credit_pico FROM miner_hour
       WHERE miner = $1 AND hour = $2`,
      [work.miner, hour],
    );
    const what = `of ${minerId} in hour ${hour}`;
    if (row === undefined) {
      faults.add(`the row ${what} is missing`);
      continue;
    }
    faults.compare(`shares ${what}`, Number(row.shares), work.shares);
    faults.compare(`work ${what}`, BigInt(row.work as string), work.work);
    faults.compare(`10^-12 blocks ${what}`, row.pico_blocks as bigint, work.picoBlocks);
    const credit = (row.credit_zat as bigint) * PICO_PER_ZAT + (row.credit_pico as bigint);
    faults.compare(`10^-12 zat ${what}`, credit, work.creditPicoZat);
  }
}
