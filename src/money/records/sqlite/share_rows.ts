import type { SqliteDatabase, Statement } from "../../../platform/database/mod.ts";
import { PICO_PER_ZAT } from "../../ledger/mod.ts";
import type { ShareRows } from "../record_store.ts";
import type { ShareRecord } from "../records.ts";
import { RowIds } from "./names.ts";

/**
 * The tables `share` and `share_proof`, by compiled statements in one synchronous piece of work: a
 * batch of 250 shares holds the event loop for some 2.5 ms.
 */
export class SqliteShareRows implements ShareRows {
  readonly #database: SqliteDatabase;
  readonly #ids: RowIds;
  readonly #insertProof: Statement;
  readonly #insertShare: Statement;
  readonly #insertBlockShare: Statement;

  constructor(database: SqliteDatabase) {
    const { writer } = database;
    this.#database = database;
    this.#ids = new RowIds(writer);
    this.#insertProof = writer.prepare(
      "INSERT INTO share_proof (height, proof_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#insertShare = writer.prepare(
      `INSERT INTO share
         (worker, target, job_id, height, timestamp_ms, is_block, credit_zat, credit_pico, terms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertBlockShare = writer.prepare(
      "INSERT INTO block_share (hash, share) VALUES (?, last_insert_rowid()) ON CONFLICT DO NOTHING",
    );
  }

  insert(batch: readonly ShareRecord[]): Promise<number> {
    return this.#database.writeAtOnce(() => {
      let known = 0;
      for (const share of batch) if (!this.#insertOne(share)) known++;
      return known;
    }, (committed) => {
      if (committed) this.#ids.keep();
      else this.#ids.drop();
    });
  }

  /** @returns false when the share was known. */
  #insertOne(share: ShareRecord): boolean {
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
}
