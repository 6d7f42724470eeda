import { PICO_PER_ZAT } from "../../ledger/mod.ts";
import { BATCH_LENGTH_MAX } from "../checks.ts";
import type { MinerTotals, ShareRecord } from "../store.ts";
import type { Database, Row, Statement } from "../../../platform/database/mod.ts";
import type { RowIds } from "./names.ts";

/**
 * SQLite's sum() of integers fails beyond 2^63, which the sum of credit_pico alone would pass after
 * nine million shares; its two halves of six digits each do not within the life of a file.
 */
const SUM_COLUMNS = `coalesce(sum(shares), 0) AS shares,
  coalesce(sum(credit_zat), 0) AS zat,
  coalesce(sum(credit_pico / 1000000), 0) AS pico_high,
  coalesce(sum(credit_pico % 1000000), 0) AS pico_low`;

/** Shares that count by their rows: those of hours whose rows may be gone count by their sums. */
const kept = (condition: string): string =>
  `SELECT 1 AS shares, credit_zat, credit_pico, timestamp_ms AS last_ms FROM share
   WHERE id > (SELECT coalesce(max(through_share), 0) FROM share_hour WHERE removed = 1) ${condition}`;
const removed = (condition: string): string =>
  `SELECT shares, credit_zat, credit_pico, last_share_ms AS last_ms FROM miner_hour
   WHERE hour IN (SELECT hour FROM share_hour WHERE removed = 1) ${condition}`;

/** The tables `share` and `share_proof`. Every method runs inside a transaction of the caller. */
export class ShareRows {
  readonly #ids: RowIds;
  readonly #insertProof: Statement;
  readonly #insertShare: Statement;
  readonly #insertBlockShare: Statement;
  readonly #totals: Statement;
  readonly #minerTotals: Statement;
  readonly #forget: Statement;

  constructor(database: Database, ids: RowIds) {
    this.#ids = ids;
    this.#insertProof = database.prepare(
      "INSERT INTO share_proof (height, proof_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#insertShare = database.prepare(
      `INSERT INTO share
         (worker, target, job_id, height, timestamp_ms, is_block, credit_zat, credit_pico, terms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertBlockShare = database.prepare(
      "INSERT INTO block_share (hash, share) VALUES (?, last_insert_rowid()) ON CONFLICT DO NOTHING",
    );
    this.#totals = database.prepare(
      `SELECT ${SUM_COLUMNS} FROM (${kept("")} UNION ALL ${removed("")})`,
    );
    this.#minerTotals = database.prepare(
      `SELECT ${SUM_COLUMNS}, max(last_ms) AS last_share_ms FROM (
         ${
        kept(`AND worker IN (
           SELECT worker.id FROM worker JOIN miner ON miner.id = worker.miner WHERE miner_id = ?1
         )`)
      }
         UNION ALL
         ${removed("AND miner = (SELECT id FROM miner WHERE miner_id = ?1)")}
       )`,
    );
    this.#forget = database.prepare(
      `DELETE FROM share_proof WHERE (height, proof_id) IN (
         SELECT height, proof_id FROM share_proof WHERE height < ? LIMIT ?
       )`,
    );
  }

  /** @returns false when the share was known. */
  insert(share: ShareRecord): boolean {
    if (this.#insertProof.run(share.height, share.proofId) === 0n) return false;
    const terms = share.terms === undefined ? null : this.#ids.terms(share.terms);
    this.#insertShare.run(
      this.#ids.worker(share.minerId, share.workerName),
      this.#ids.target(share.target, share.difficulty),
      share.jobId,
      share.height,
      share.timestampMs,
      share.isBlock ? 1 : 0,
      share.creditPicoZat / PICO_PER_ZAT,
      share.creditPicoZat % PICO_PER_ZAT,
      terms,
    );
    if (share.isBlock) this.#insertBlockShare.run(share.proofId);
    return true;
  }

  totals(): { shares: number; creditPicoZat: bigint } {
    return sums(this.#totals.first() as Row);
  }

  minerTotals(minerId: string): MinerTotals | undefined {
    const row = this.#minerTotals.first(minerId) as Row;
    if (row.shares === 0n) return undefined;
    return { minerId, ...sums(row), lastShareMs: Number(row.last_share_ms) };
  }

  forgetProofs(belowHeight: number): number {
    return Number(this.#forget.run(belowHeight, BATCH_LENGTH_MAX));
  }
}

function sums(row: Row): { shares: number; creditPicoZat: bigint } {
  return {
    shares: Number(row.shares),
    creditPicoZat: (row.zat as bigint) * PICO_PER_ZAT + (row.pico_high as bigint) * 1_000_000n +
      (row.pico_low as bigint),
  };
}
