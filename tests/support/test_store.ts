/** The records with what only tests ask of them: sums over rows, read by SQL. */
import { PICO_PER_ZAT } from "../../src/money/ledger/mod.ts";
import { openRecords, type RecordStore, type StoreLocation } from "../../src/money/records/mod.ts";
import type { Clock } from "../../src/base/mod.ts";
import type { SqlDatabase } from "../../src/platform/database/mod.ts";

/** Sums over all that the records hold; those of hours whose rows are gone by `miner_hour`. */
export interface StoreTotals {
  readonly shares: number;
  readonly blocks: number;
  readonly creditPicoZat: bigint;
}

/** Sums of one miner. */
export interface MinerTotals {
  readonly shares: number;
  readonly creditPicoZat: bigint;
  readonly lastShareMs: number;
}

/** A store that can be asked for its sums. */
export type TestStore = RecordStore & {
  totals(): Promise<StoreTotals>;
  /** Undefined when the miner has no share. */
  minerTotals(minerId: string): Promise<MinerTotals | undefined>;
};

/** Opens records whose database the test does not need otherwise. */
export async function openStore(
  location: StoreLocation,
  modules: { readonly clock: Clock },
): Promise<TestStore> {
  const { store, database } = await openRecords(location, modules);
  return Object.assign(store, {
    totals: () => totalsOf(database),
    minerTotals: (minerId: string) => minerTotalsOf(database, minerId),
  });
}

interface CountedShare {
  readonly shares: bigint;
  readonly creditPicoZat: bigint;
  readonly lastShareMs: number;
}

/** Row by row, so that no sum of a database has to be believed. */
async function counted(database: SqlDatabase, minerId?: string): Promise<CountedShare[]> {
  const rows = await database.read((tx) =>
    tx.query(
      `SELECT 1 AS shares, credit_zat, credit_pico, timestamp_ms AS last_ms, miner_id
       FROM share JOIN worker ON worker.id = share.worker JOIN miner ON miner.id = worker.miner
       WHERE share.id > (SELECT coalesce(max(through_share), 0) FROM share_hour WHERE removed = 1)
       UNION ALL
       SELECT miner_hour.shares, credit_zat, credit_pico, last_share_ms, miner_id
       FROM miner_hour JOIN miner ON miner.id = miner_hour.miner
       WHERE hour IN (SELECT hour FROM share_hour WHERE removed = 1)`,
    )
  );
  return rows.filter((row) => minerId === undefined || row.miner_id === minerId).map((row) => ({
    shares: row.shares as bigint,
    creditPicoZat: (row.credit_zat as bigint) * PICO_PER_ZAT + (row.credit_pico as bigint),
    lastShareMs: Number(row.last_ms),
  }));
}

const sumOf = (rows: readonly CountedShare[]): { shares: number; creditPicoZat: bigint } => ({
  shares: Number(rows.reduce((sum, { shares }) => sum + shares, 0n)),
  creditPicoZat: rows.reduce((sum, { creditPicoZat }) => sum + creditPicoZat, 0n),
});

/** See {@link StoreTotals}. */
export async function totalsOf(database: SqlDatabase): Promise<StoreTotals> {
  const [row] = await database.read((tx) => tx.query("SELECT count(*) AS blocks FROM block"));
  return { ...sumOf(await counted(database)), blocks: Number(row?.blocks) };
}

/** See {@link MinerTotals}. */
export async function minerTotalsOf(
  database: SqlDatabase,
  minerId: string,
): Promise<MinerTotals | undefined> {
  const rows = await counted(database, minerId);
  if (rows.length === 0) return undefined;
  return { ...sumOf(rows), lastShareMs: Math.max(...rows.map(({ lastShareMs }) => lastShareMs)) };
}
