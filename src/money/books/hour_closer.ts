import type { Clock } from "../../base/mod.ts";
import { minerAccount, PICO_PER_ZAT, ppsHoursPosted, WORK_BITS } from "../ledger/mod.ts";
import { insertRows, type SqlDatabase, type SqlSession } from "../../platform/database/mod.ts";
import { AccountOpener } from "./account_opener.ts";
import { postEntry } from "./journal_rows.ts";
import type { MinerWork } from "./miner_work.ts";
import type { ShareReader } from "./share_reader.ts";

const HOUR_MS = 3_600_000;
/**
 * Nine million expected blocks, in 10^-12, fill 64 bits: where every share is a block (a network for
 * tests) a miner comes to that, and its luck is of no interest by then.
 */
const EXPECTATION_MAX = 9_000_000_000_000_000_000n;
/** A clock that was set back by no more than this is waited for. */
const CLOCK_BACK_HOURS = 1;

/** An hour that was closed. */
export interface ClosedHour {
  /** Hours since 1970-01-01 (UTC). */
  readonly hour: number;
  /** Its shares have row ids above this … */
  readonly from: bigint;
  /** … up to this. */
  readonly through: bigint;
  readonly shares: number;
  readonly miners: number;
  /** Zatoshis that were posted. */
  readonly postedZat: bigint;
}

/**
 * Turns the shares of an hour into one journal entry and a row for each miner. Until then the share
 * rows are the record. An hour is closed once it is over; it takes every share that was written
 * since the hour closed before it, so that one that came late is in the next entry and none in two.
 */
export class HourCloser {
  readonly #database: SqlDatabase;
  readonly #reader: ShareReader;
  readonly #opener: AccountOpener;
  readonly #clock: Clock;

  constructor(
    modules: {
      readonly database: SqlDatabase;
      readonly reader: ShareReader;
      readonly clock: Clock;
    },
  ) {
    this.#database = modules.database;
    this.#reader = modules.reader;
    this.#opener = new AccountOpener(modules.database);
    this.#clock = modules.clock;
  }

  /** When the hour that runs is over, Unix milliseconds. */
  nextAtMs(): number {
    return (Math.floor(this.#clock.now() / HOUR_MS) + 1) * HOUR_MS;
  }

  /**
   * Closes the last hour that is over, unless that was done or nothing was written since. Any number
   * of processes may call it at any time. After an outage one entry covers all of it. When the clock
   * was ahead for a while, hours go on from the one that was closed then: nobody's money waits for
   * the years to come.
   */
  async closeDue(): Promise<ClosedHour | undefined> {
    const atMs = this.#clock.now();
    const over = Math.floor(atMs / HOUR_MS) - 1;
    const last = await this.#database.read(lastHour);
    const hour = last.hour > over + CLOCK_BACK_HOURS ? last.hour + 1 : over;
    if (hour <= last.hour || !await this.#isOver(over, last.through)) return undefined;
    const through = await this.#reader.watermark();
    if (through <= last.through) return undefined;
    const work = await this.#database.read((tx) =>
      this.#reader.workBetween(tx, last.through, through)
    );
    const miners = [...work.values()].sort((a, b) => a.minerId < b.minerId ? -1 : 1);
    await this.#opener.open(
      miners.filter(({ creditPicoZat }) => creditPicoZat > 0n)
        .map(({ minerId }) => minerAccount(minerId, "available")),
    );
    return await this.#database.transaction(async (tx) => {
      // Another process may have closed it while the shares were weighed.
      if ((await lastHour(tx)).through !== last.through) return undefined;
      await tx.execute(
        `INSERT INTO share_hour
           (hour, from_share, through_share, closed_at_ms, pico_blocks, work_bits)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [hour, last.through, through, atMs, expectationOf(miners), WORK_BITS],
      );
      const postedZat = await writeMiners(tx, { hour, atMs }, miners);
      const shares = miners.reduce((sum, miner) => sum + miner.shares, 0);
      return { hour, from: last.through, through, shares, miners: miners.length, postedZat };
    });
  }

  /**
   * True when the oldest share that is not posted yet was accepted before the end of the hour, or by
   * a clock that was ahead.
   */
  async #isOver(hour: number, through: bigint): Promise<boolean> {
    const [oldest] = await this.#database.read((tx) =>
      tx.query("SELECT timestamp_ms FROM share WHERE id > $1 ORDER BY id LIMIT 1", [through])
    );
    if (oldest === undefined) return false;
    const acceptedMs = Number(oldest.timestamp_ms);
    const ahead = acceptedMs > this.#clock.now() + CLOCK_BACK_HOURS * HOUR_MS;
    return ahead || acceptedMs < (hour + 1) * HOUR_MS;
  }
}

/** The last closed hour; through row id 0 when there is none. */
export async function lastHour(
  tx: SqlSession,
): Promise<{ readonly hour: number; readonly through: bigint }> {
  const [row] = await tx.query(
    "SELECT hour, through_share FROM share_hour ORDER BY hour DESC LIMIT 1",
  );
  if (row === undefined) return { hour: -1, through: 0n };
  return { hour: Number(row.hour), through: row.through_share as bigint };
}

/** Writes the miners' rows, what they carry on, and the entry; says how much was posted. */
async function writeMiners(
  tx: SqlSession,
  { hour, atMs }: { readonly hour: number; readonly atMs: number },
  miners: readonly MinerWork[],
): Promise<bigint> {
  await insertRows(
    tx,
    `miner_hour (miner, hour, shares, work, pico_blocks, credit_zat, credit_pico, last_share_ms)`,
    miners.map((miner) => [
      miner.miner,
      hour,
      miner.shares,
      miner.work.toString(),
      miner.picoBlocks,
      miner.creditPicoZat / PICO_PER_ZAT,
      miner.creditPicoZat % PICO_PER_ZAT,
      miner.lastShareMs,
    ]),
  );
  await insertRows(
    tx,
    "miner_expectation (miner, pico_blocks)",
    miners.map(({ miner, picoBlocks }) => [miner, picoBlocks]),
    `ON CONFLICT (miner) DO UPDATE SET pico_blocks = CASE
       WHEN miner_expectation.pico_blocks > ${EXPECTATION_MAX} - excluded.pico_blocks
       THEN ${EXPECTATION_MAX} ELSE miner_expectation.pico_blocks + excluded.pico_blocks END`,
  );
  const paid = miners.filter(({ creditPicoZat }) => creditPicoZat > 0n);
  if (paid.length === 0) return 0n;
  const carries = await carriesOf(tx, paid);
  const { entry, carriesPicoZat } = ppsHoursPosted(
    hour,
    atMs,
    paid.map(({ miner, minerId, creditPicoZat }) => ({
      minerId,
      creditPicoZat,
      carryPicoZat: carries.get(miner) ?? 0n,
    })),
  );
  await insertRows(
    tx,
    "miner_carry (miner, carry_pico)",
    paid.map(({ miner }, index) => [miner, carriesPicoZat[index] ?? 0n]),
    "ON CONFLICT (miner) DO UPDATE SET carry_pico = excluded.carry_pico",
  );
  if (entry === undefined) return 0n;
  await postEntry(tx, entry);
  const variance = entry.lines.find(({ account }) => account === "pool-variance");
  return -(variance?.amountZat ?? 0n);
}

/** Expected blocks of all of them, 10^-12, as far as they can be kept. */
function expectationOf(miners: readonly MinerWork[]): bigint {
  const sum = miners.reduce((sum, { picoBlocks }) => sum + picoBlocks, 0n);
  return sum < EXPECTATION_MAX ? sum : EXPECTATION_MAX;
}

async function carriesOf(
  tx: SqlSession,
  miners: readonly MinerWork[],
): Promise<Map<bigint, bigint>> {
  const carries = new Map<bigint, bigint>();
  for (let from = 0; from < miners.length; from += 500) {
    const ids = miners.slice(from, from + 500).map(({ miner }) => miner);
    const rows = await tx.query(
      `SELECT miner, carry_pico FROM miner_carry
       WHERE miner IN (${ids.map((_, index) => `$${index + 1}`).join(", ")})`,
      ids,
    );
    for (const row of rows) carries.set(row.miner as bigint, row.carry_pico as bigint);
  }
  return carries;
}
