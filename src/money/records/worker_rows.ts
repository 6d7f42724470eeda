import { u256FromLe, u256ToLe } from "../../base/mod.ts";
import { placeholders, rowChunks, type SqlSession } from "../../platform/database/mod.ts";
import type { WorkerRecord } from "./records.ts";

/** Stands for "not given" in a list of values, whose columns have one type. */
const NO_SHARE_MS = -1n;

/** Makes the rows of a worker and its miner where they are missing. */
export async function makeWorker(
  tx: SqlSession,
  { minerId, workerName }: Pick<WorkerRecord, "minerId" | "workerName">,
): Promise<void> {
  await tx.execute("INSERT INTO miner (miner_id) VALUES ($1) ON CONFLICT DO NOTHING", [minerId]);
  await tx.execute(
    `INSERT INTO worker (miner, name) SELECT id, $2 FROM miner WHERE miner_id = $1
     ON CONFLICT DO NOTHING`,
    [minerId, workerName],
  );
}

/**
 * Replaces where workers stand. No row is made here: a stranger could name endless workers, and only
 * work makes rows.
 */
export async function saveWorkers(
  tx: SqlSession,
  workers: readonly WorkerRecord[],
): Promise<void> {
  const latest = new Map(workers.map((each) => [`${each.minerId}\n${each.workerName}`, each]));
  for (const chunk of rowChunks([...latest.values()], 5)) {
    await tx.execute(
      `UPDATE worker SET target = v.column3, difficulty = CAST(v.column4 AS DOUBLE PRECISION),
         last_share_ms = coalesce(nullif(v.column5, ${NO_SHARE_MS}), worker.last_share_ms)
       FROM (VALUES ${placeholders(chunk.length, 5)}) AS v
       JOIN miner ON miner.miner_id = v.column1
       WHERE worker.miner = miner.id AND worker.name = v.column2`,
      chunk.flatMap(({ minerId, workerName, target, difficulty, lastShareMs }) => [
        minerId,
        workerName,
        u256ToLe(target),
        // As text: a list of values that are partly whole numbers has no type that both know.
        String(difficulty),
        lastShareMs ?? NO_SHARE_MS,
      ]),
    );
  }
}

/** Where a worker stood; undefined when that was never saved. */
export async function loadWorker(
  tx: SqlSession,
  minerId: string,
  workerName: string,
): Promise<WorkerRecord | undefined> {
  const [row] = await tx.query(
    `SELECT target, difficulty, last_share_ms FROM worker JOIN miner ON miner.id = worker.miner
     WHERE miner_id = $1 AND name = $2 AND target IS NOT NULL`,
    [minerId, workerName],
  );
  if (row === undefined) return undefined;
  return {
    minerId,
    workerName,
    target: u256FromLe(row.target as Uint8Array),
    difficulty: row.difficulty as number,
    ...(row.last_share_ms === null ? {} : { lastShareMs: Number(row.last_share_ms) }),
  };
}
