import { type RejectReason, u256FromLe, u256ToLe } from "../../../base/mod.ts";
import type { RejectCount, WorkerRecord, WriteId } from "../store.ts";
import type { Database, Row, Statement } from "../../../platform/database/mod.ts";
import type { RowIds } from "./names.ts";

/** The tables `worker`, `reject` and `writer`. Writing runs inside a transaction of the caller. */
export class WorkerRows {
  readonly #ids: RowIds;
  readonly #save: Statement;
  readonly #load: Statement;
  readonly #addRejects: Readonly<Record<RejectReason, Statement>>;
  readonly #rejects: Statement;
  readonly #advance: Statement;

  constructor(database: Database, ids: RowIds) {
    this.#ids = ids;
    // No row is made here: a stranger could name endless workers, and only work makes rows.
    this.#save = database.prepare(
      `UPDATE worker SET target = ?, difficulty = ?, last_share_ms = coalesce(?, last_share_ms)
       WHERE miner = (SELECT id FROM miner WHERE miner_id = ?) AND name = ?`,
    );
    this.#load = database.prepare(
      `SELECT target, difficulty, last_share_ms FROM worker JOIN miner ON miner.id = worker.miner
       WHERE miner_id = ? AND name = ? AND target IS NOT NULL`,
    );
    // A column name cannot be a parameter; the four are our own words.
    const adding = (reason: RejectReason): Statement =>
      database.prepare(
        `INSERT INTO reject (day, miner, ${reason}) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET ${reason} = ${reason} + excluded.${reason}`,
      );
    this.#addRejects = {
      stale: adding("stale"),
      duplicate: adding("duplicate"),
      invalid: adding("invalid"),
      low_diff: adding("low_diff"),
    };
    this.#rejects = database.prepare(
      `SELECT coalesce(sum(stale), 0) AS stale, coalesce(sum(duplicate), 0) AS duplicate,
         coalesce(sum(invalid), 0) AS invalid, coalesce(sum(low_diff), 0) AS low_diff
       FROM reject WHERE day >= ?`,
    );
    this.#advance = database.prepare(
      `INSERT INTO writer (name, sequence) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET sequence = excluded.sequence WHERE sequence < excluded.sequence`,
    );
  }

  save(worker: WorkerRecord): void {
    this.#save.run(
      u256ToLe(worker.target),
      worker.difficulty,
      worker.lastShareMs ?? null,
      worker.minerId,
      worker.workerName,
    );
  }

  load(minerId: string, workerName: string): WorkerRecord | undefined {
    const row = this.#load.first(minerId, workerName);
    if (row === undefined) return undefined;
    return {
      minerId,
      workerName,
      target: u256FromLe(row.target as Uint8Array),
      difficulty: row.difficulty as number,
      ...(row.last_share_ms === null ? {} : { lastShareMs: Number(row.last_share_ms) }),
    };
  }

  /** Adds the counts unless this write, or a later one of the same writer, was seen before. */
  addRejects(counts: readonly RejectCount[], id: WriteId): void {
    if (this.#advance.run(id.writer, id.sequence) === 0n) return;
    for (const { day, minerId, reason, count } of counts) {
      this.#addRejects[reason].run(day, this.#ids.miner(minerId), count);
    }
  }

  rejectsSince(day: number): Record<RejectReason, number> {
    const row = this.#rejects.first(day) as Row;
    return {
      stale: Number(row.stale),
      duplicate: Number(row.duplicate),
      invalid: Number(row.invalid),
      low_diff: Number(row.low_diff),
    };
  }
}
