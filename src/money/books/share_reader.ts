import { setImmediate } from "node:timers";
import { PICO_PER_ZAT, shareWork } from "../ledger/mod.ts";
import { LOCKS } from "../../platform/database/mod.ts";
import type { SqlDatabase, SqlRow, SqlSession } from "../../platform/database/mod.ts";
import { addCut, addGroups, type MinerWork, type ShareGroup } from "./miner_work.ts";
import { ShareNames } from "./share_names.ts";

/**
 * Rows weighed by one statement. SQLite holds the event loop meanwhile: 4,000 rows take it some
 * 3 ms. A server works elsewhere, and each statement costs a round trip.
 */
const CHUNK = { sqlite: 4_000, postgres: 100_000 } as const;

/** Workers whose shares are weighed before everything else in the process has its turn: some 2 ms. */
const WEIGHED_AT_ONCE = 1_000;

/** Shares of a window by difficulty at most: some ten seconds of reading in SQLite, in pieces. */
export const WINDOW_SHARES_MAX = 10_000_000;

const GROUPED = `SELECT worker, target, terms, count(*) AS shares, sum(credit_zat) AS zat,
  sum(credit_pico) AS pico, max(timestamp_ms) AS last_ms, min(id) AS first`;

/**
 * A piece of a window as one text, which crosses much faster than its rows do: `WORKER TARGET` for
 * each share from SQLite; from a server, which can group without holding anybody up, with a count.
 */
const NEWEST = `SELECT id, worker, target FROM share
  WHERE id > $1 AND id < $2 AND credit_zat = 0 AND credit_pico = 0 ORDER BY id DESC LIMIT $3`;
const WINDOW = {
  sqlite: `SELECT group_concat(worker || ' ' || target) AS list, count(*) AS shares,
    min(id) AS first FROM (${NEWEST}) AS newest`,
  postgres: `SELECT string_agg(worker || ' ' || target || ' ' || shares, ',') AS list,
    coalesce(sum(shares), 0) AS shares, min(first) AS first FROM (
      SELECT worker, target, count(*) AS shares, min(id) AS first
      FROM (${NEWEST}) AS newest GROUP BY worker, target
    ) AS grouped`,
} as const;

/**
 * For the rest of a transaction. A day's partition has no statistics at first; the server then
 * expects two rows where there are a window's, and sorts these twice on its disk instead of reading
 * them in the order of their ids.
 */
const NO_SORTING = "SET LOCAL enable_sort = off";

/** Shares of a window that were read by one statement. */
interface WindowPiece {
  readonly counts: ReadonlyMap<string, number>;
  readonly shares: number;
  /** The lowest row id among them. */
  readonly first: bigint;
}

/** The oldest share of a window, which counts for so much work. */
interface WindowCut {
  readonly counts: ReadonlyMap<string, number>;
  readonly work: bigint;
}

function addCounts(sums: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count);
}

/** Adds `WORKER TARGET` or `WORKER TARGET COUNT`. */
function countItem(counts: Map<string, number>, item: string): void {
  const second = item.lastIndexOf(" ");
  if (item.indexOf(" ") === second) counts.set(item, (counts.get(item) ?? 0) + 1);
  else {
    const key = item.slice(0, second);
    counts.set(key, (counts.get(key) ?? 0) + Number(item.slice(second + 1)));
  }
}

/** Reads share rows in bulk: sums are made by the database, in pieces, and added up here exactly. */
export class ShareReader {
  readonly #database: SqlDatabase;
  readonly #names = new ShareNames();

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /**
   * The highest row id such that every share up to it can be seen; 0 when there are none. Shares that
   * are written later have higher ones.
   */
  async watermark(): Promise<bigint> {
    const newest = async (tx: SqlSession): Promise<bigint> => {
      const [row] = await tx.query(
        `SELECT coalesce((SELECT max(id) FROM share), 0) AS share,
           coalesce((SELECT max(through_share) FROM share_hour), 0) AS hour`,
      );
      const { share, hour } = row as { share: bigint; hour: bigint };
      return share > hour ? share : hour;
    };
    if (this.#database.kind === "sqlite") return await this.#database.read(newest);
    return await this.#database.transaction(async (tx) => {
      // An id is given before its row is committed, so that a lower one may come later. A writer
      // of shares holds this lock together with others: alone with it, nobody is writing.
      await tx.query("SELECT pg_advisory_xact_lock($1)", [LOCKS.shares]);
      return await newest(tx);
    });
  }

  /** What each miner's shares above one row id up to another come to, by miner id. */
  async workBetween(
    tx: SqlSession,
    from: bigint,
    through: bigint,
  ): Promise<Map<string, MinerWork>> {
    const sums = new Map<string, MinerWork>();
    for await (const groups of this.groups(tx, from, through)) addGroups(sums, groups);
    return sums;
  }

  /** The same shares in groups of one worker, target and terms, chunk by chunk. */
  async *groups(tx: SqlSession, from: bigint, through: bigint): AsyncGenerator<ShareGroup[]> {
    const length = BigInt(CHUNK[this.#database.kind]);
    for (let low = from; low < through; low += length) {
      const high = low + length < through ? low + length : through;
      const rows = await tx.query(
        `${GROUPED} FROM share WHERE id > $1 AND id <= $2 GROUP BY worker, target, terms`,
        [low, high],
      );
      if (rows.length > 0) yield await this.#named(tx, rows);
    }
  }

  /**
   * The work of each miner in a number of shares up to a row id, that one included, and above
   * another. Shares that were paid for at their acceptance (by a process that ran with other terms)
   * are not among them.
   *
   * @returns also the lowest row id that took part.
   */
  async window(
    tx: SqlSession,
    { from, through }: { readonly from: bigint; readonly through: bigint },
    shares: number,
  ): Promise<{ readonly work: Map<string, MinerWork>; readonly first: bigint }> {
    const counts = new Map<string, number>();
    let left = shares;
    let before = through + 1n;
    while (left > 0) {
      const limit = Math.min(left, CHUNK[this.#database.kind]);
      const piece = await this.#newest(tx, { from, before }, limit);
      if (piece === undefined) break;
      addCounts(counts, piece.counts);
      before = piece.first;
      left -= piece.shares;
      if (piece.shares < limit) break;
    }
    return { work: await this.#weigh(tx, counts), first: before };
  }

  /**
   * The same for the last shares whose work sums to that of a window. The oldest of them counts for
   * the part of it that fits. A window ends at {@link WINDOW_SHARES_MAX} shares in any case.
   *
   * @param windowWork in units of 2^-32 expected solutions, at least 1.
   * @param sharesMax is for tests.
   */
  async workWindow(
    tx: SqlSession,
    { from, through }: { readonly from: bigint; readonly through: bigint },
    windowWork: bigint,
    sharesMax = WINDOW_SHARES_MAX,
  ): Promise<{ readonly work: Map<string, MinerWork>; readonly first: bigint }> {
    const counts = new Map<string, number>();
    let cut: WindowCut | undefined;
    let left = windowWork;
    let before = through + 1n;
    let limit: number = CHUNK[this.#database.kind];
    for (let rows = 0; left > 0n && rows < sharesMax;) {
      limit = Math.min(limit, sharesMax - rows);
      const piece = await this.#newest(tx, { from, before }, limit);
      if (piece === undefined) break;
      const total = await this.#workOf(tx, piece.counts);
      // A piece that passes the window is halved until its last share alone is left to be cut.
      if (total > left && piece.shares > 1) limit = Math.floor(piece.shares / 2);
      else {
        if (total > left) cut = { counts: piece.counts, work: left };
        else addCounts(counts, piece.counts);
        left -= total;
        before = piece.first;
        rows += piece.shares;
        if (piece.shares < limit) break;
      }
    }
    const work = await this.#weigh(tx, counts);
    if (cut !== undefined) addCut(work, await this.#weigh(tx, cut.counts), cut.work);
    return { work, first: before };
  }

  /** Counts of the newest unpaid shares by `WORKER TARGET`; undefined when there is none. */
  async #newest(
    tx: SqlSession,
    range: { readonly from: bigint; readonly before: bigint },
    limit: number,
  ): Promise<WindowPiece | undefined> {
    if (tx.kind === "postgres") await tx.query(NO_SORTING);
    const [row] = await tx.query(WINDOW[this.#database.kind], [range.from, range.before, limit]);
    const shares = Number(row?.shares ?? 0);
    if (shares === 0) return undefined;
    const counts = new Map<string, number>();
    for (const item of (row?.list as string).split(",")) countItem(counts, item);
    return { counts, shares, first: row?.first as bigint };
  }

  /** All the work behind counts of shares by `WORKER TARGET`, of all miners. */
  async #workOf(tx: SqlSession, counts: ReadonlyMap<string, number>): Promise<bigint> {
    const byTarget = new Map<string, number>();
    for (const [key, count] of counts) {
      const target = key.slice(key.indexOf(" ") + 1);
      byTarget.set(target, (byTarget.get(target) ?? 0) + count);
    }
    const ids = [...byTarget.keys()].map((id) => ({ target: BigInt(id) }));
    await this.#names.learn(tx, ids);
    return ids.reduce((work, { target: id }) => {
      const shares = BigInt(byTarget.get(String(id)) ?? 0);
      return work + shares * shareWork(this.#names.target(id));
    }, 0n);
  }

  /** The work behind counts of shares by `WORKER TARGET`. */
  async #weigh(
    tx: SqlSession,
    counts: ReadonlyMap<string, number>,
  ): Promise<Map<string, MinerWork>> {
    const rows = [...counts].map(([key, shares]) => {
      const [worker = "", target = ""] = key.split(" ");
      const [zat, pico, last_ms] = [0n, 0n, 0n];
      return {
        worker: BigInt(worker),
        target: BigInt(target),
        shares: BigInt(shares),
        ...{ terms: null, zat, pico, last_ms },
      };
    });
    const work = new Map<string, MinerWork>();
    for (let from = 0; from < rows.length; from += WEIGHED_AT_ONCE) {
      addGroups(work, await this.#named(tx, rows.slice(from, from + WEIGHED_AT_ONCE)));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return work;
  }

  async #named(tx: SqlSession, rows: readonly SqlRow[]): Promise<ShareGroup[]> {
    const names = this.#names;
    await names.learn(tx, rows);
    return rows.map((row): ShareGroup => ({
      ...names.worker(row.worker as bigint),
      target: names.target(row.target as bigint),
      terms: names.terms(row.terms as bigint | null),
      shares: Number(row.shares),
      creditPicoZat: (row.zat as bigint) * PICO_PER_ZAT + (row.pico as bigint),
      lastShareMs: Number(row.last_ms),
    }));
  }
}
