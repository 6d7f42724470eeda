import { type RejectReason, u256FromLe, u256ToLe } from "../../../base/mod.ts";
import type { RejectCount, WorkerRecord, WriteId } from "../store.ts";
import { bytesArray, numberArray, textArray } from "../../../platform/database/mod.ts";
import type { Client } from "../../../platform/database/mod.ts";
import type { PostgresNames } from "./names.ts";

/** The tables `worker`, `reject` and `writer`. */
export class PostgresWorkerRows {
  readonly #names: PostgresNames;

  constructor(names: PostgresNames) {
    this.#names = names;
  }

  /** No row is made here: a stranger could name endless workers, and only work makes rows. */
  async save(client: Client, workers: readonly WorkerRecord[]): Promise<void> {
    const latest = new Map(workers.map((w) => [`${w.minerId}\n${w.workerName}`, w]));
    const list = [...latest.values()];
    await client.unsafe(
      `UPDATE worker SET target = v.target, difficulty = v.difficulty,
         last_share_ms = coalesce(nullif(v.last_share_ms, -1), worker.last_share_ms)
       FROM unnest($1::text[], $2::text[], $3::bytea[], $4::float8[], $5::bigint[])
         AS v (miner_id, name, target, difficulty, last_share_ms)
       JOIN miner ON miner.miner_id = v.miner_id
       WHERE worker.miner = miner.id AND worker.name = v.name`,
      [
        textArray(list.map(({ minerId }) => minerId)),
        textArray(list.map(({ workerName }) => workerName)),
        bytesArray(list.map(({ target }) => u256ToLe(target))),
        numberArray(list.map(({ difficulty }) => difficulty)),
        numberArray(list.map(({ lastShareMs }) => lastShareMs ?? -1)),
      ],
    );
  }

  async load(
    client: Client,
    minerId: string,
    workerName: string,
  ): Promise<WorkerRecord | undefined> {
    const [row] = await client.unsafe(
      `SELECT target, difficulty, last_share_ms FROM worker JOIN miner ON miner.id = worker.miner
       WHERE miner_id = $1 AND name = $2 AND target IS NOT NULL`,
      [minerId, workerName],
    );
    if (row === undefined) return undefined;
    return {
      minerId,
      workerName,
      target: u256FromLe(row.target),
      difficulty: row.difficulty,
      ...(row.last_share_ms === null ? {} : { lastShareMs: Number(row.last_share_ms) }),
    };
  }

  /** Adds the counts unless this write, or a later one of the same writer, was seen before. */
  async addRejects(client: Client, counts: readonly RejectCount[], id: WriteId): Promise<void> {
    const miners = await this.#names.miners(client, counts.map(({ minerId }) => minerId));
    const rows = new Map<string, { day: number; miner: bigint } & Record<RejectReason, number>>();
    counts.forEach(({ day, reason, count }, index) => {
      const miner = miners[index] ?? 0n;
      const key = `${day} ${miner}`;
      const row = rows.get(key) ??
        { day, miner, stale: 0, duplicate: 0, invalid: 0, low_diff: 0 };
      row[reason] += count;
      rows.set(key, row);
    });
    const list = [...rows.values()];
    const column = (name: RejectReason | "day" | "miner"): string =>
      numberArray(list.map((row) => row[name]));
    await client.begin(async (tx) => {
      const { count } = await tx.unsafe(
        `INSERT INTO writer (name, sequence) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence
         WHERE writer.sequence < excluded.sequence`,
        [id.writer, id.sequence],
      );
      if (count === 0) return;
      await tx.unsafe(
        `INSERT INTO reject (day, miner, stale, duplicate, invalid, low_diff)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[],
           $5::bigint[], $6::bigint[]) AS v (day, miner, stale, duplicate, invalid, low_diff)
         ORDER BY day, miner
         ON CONFLICT (day, miner) DO UPDATE SET stale = reject.stale + excluded.stale,
           duplicate = reject.duplicate + excluded.duplicate,
           invalid = reject.invalid + excluded.invalid,
           low_diff = reject.low_diff + excluded.low_diff`,
        (["day", "miner", "stale", "duplicate", "invalid", "low_diff"] as const).map(column),
      );
    });
  }

  async rejectsSince(client: Client, day: number): Promise<Record<RejectReason, number>> {
    const [row] = await client.unsafe(
      `SELECT coalesce(sum(stale), 0) AS stale, coalesce(sum(duplicate), 0) AS duplicate,
         coalesce(sum(invalid), 0) AS invalid, coalesce(sum(low_diff), 0) AS low_diff
       FROM reject WHERE day >= $1`,
      [day],
    );
    return {
      stale: Number(row?.stale),
      duplicate: Number(row?.duplicate),
      invalid: Number(row?.invalid),
      low_diff: Number(row?.low_diff),
    };
  }
}
