import { PICO_PER_ZAT } from "../../ledger/mod.ts";
import { BATCH_LENGTH_MAX } from "../checks.ts";
import type { MinerTotals, ShareRecord } from "../store.ts";
import type { Database, Row, Statement } from "./database.ts";
import type { RowIds } from "./names.ts";

/**
 * SQLite's sum() of integers fails beyond 2^63, which the sum of credit_pico alone would pass after
 * nine million shares; its two halves of six digits each do not within the life of a file.
 */
const SUM_COLUMNS = `count(*) AS shares,
  coalesce(sum(credit_zat), 0) AS zat,
  coalesce(sum(credit_pico / 1000000), 0) AS pico_high,
  coalesce(sum(credit_pico % 1000000), 0) AS pico_low`;

/** The tables `share` and `share_proof`. Every method runs inside a transaction of the caller. */
export class ShareRows {
  readonly #ids: RowIds;
  readonly #insertProof: Statement;
  readonly #insertShare: Statement;
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
         (worker, target, job_id, height, timestamp_ms, is_block, credit_zat, credit_pico)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#totals = database.prepare(`SELECT ${SUM_COLUMNS} FROM share`);
    this.#minerTotals = database.prepare(
      `SELECT ${SUM_COLUMNS}, max(timestamp_ms) AS last_share_ms FROM share
       WHERE worker IN (
         SELECT worker.id FROM worker JOIN miner ON miner.id = worker.miner WHERE miner_id = ?
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
    this.#insertShare.run(
      this.#ids.worker(share.minerId, share.workerName),
      this.#ids.target(share.target, share.difficulty),
      share.jobId,
      share.height,
      share.timestampMs,
      share.isBlock ? 1 : 0,
      share.creditPicoZat / PICO_PER_ZAT,
      share.creditPicoZat % PICO_PER_ZAT,
    );
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
