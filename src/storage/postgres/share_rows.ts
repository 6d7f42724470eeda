import { PICO_PER_ZAT } from "../../ledger/mod.ts";
import { BATCH_LENGTH_MAX } from "../checks.ts";
import type { MinerTotals, ShareRecord } from "../store.ts";
import { bytesArray, numberArray } from "./_arrays.ts";
import type { Client } from "./connection.ts";
import { DayPartitions } from "./day_partitions.ts";
import { LOCKS } from "./locks.ts";
import type { PostgresNames } from "./names.ts";

const DAY_MS = 86_400_000;

/**
 * One statement for a batch: identities that were not known come back from their own insert, and
 * only their shares become rows. Both inserts go in a fixed order, so that two processes cannot hold
 * what the other one waits for.
 */
const INSERT = `
  WITH given AS (
    SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[], $5::int[],
      $6::bigint[], $7::int[], $8::bigint[], $9::bigint[]) WITH ORDINALITY
      AS v (height, proof_id, worker, target, job_id, timestamp_ms, is_block, credit_zat,
        credit_pico, place)
  ), fresh AS (
    INSERT INTO share_proof (height, proof_id)
    SELECT DISTINCT height, proof_id FROM given ORDER BY height, proof_id
    ON CONFLICT DO NOTHING RETURNING height, proof_id
  ), first AS (
    SELECT DISTINCT ON (height, proof_id) * FROM given ORDER BY height, proof_id, place
  )
  INSERT INTO share
    (day, worker, target, job_id, height, timestamp_ms, is_block, credit_zat, credit_pico)
  SELECT $10::int, worker, target, job_id, height, timestamp_ms, is_block = 1, credit_zat, credit_pico
  FROM first JOIN fresh USING (height, proof_id) ORDER BY place`;

/** The tables `share` and `share_proof`. */
export class PostgresShareRows {
  readonly #names: PostgresNames;
  readonly #partitions = new DayPartitions();

  constructor(names: PostgresNames) {
    this.#names = names;
  }

  /** @returns how many of them were known. */
  async insert(client: Client, batch: readonly ShareRecord[], nowMs: number): Promise<number> {
    if (batch.length === 0) return 0;
    const day = Math.floor(nowMs / DAY_MS);
    await this.#partitions.ensure(client, day);
    const workers = await this.#names.workers(client, batch);
    const targets = await this.#names.targets(client, batch);
    const columns = [
      numberArray(batch.map(({ height }) => height)),
      bytesArray(batch.map(({ proofId }) => proofId)),
      numberArray(workers),
      numberArray(targets),
      numberArray(batch.map(({ jobId }) => jobId)),
      numberArray(batch.map(({ timestampMs }) => timestampMs)),
      numberArray(batch.map(({ isBlock }) => isBlock ? 1 : 0)),
      numberArray(batch.map(({ creditPicoZat }) => creditPicoZat / PICO_PER_ZAT)),
      numberArray(batch.map(({ creditPicoZat }) => creditPicoZat % PICO_PER_ZAT)),
      day,
    ];
    return await client.begin(async (tx) => {
      await tx.unsafe(`SELECT pg_advisory_xact_lock_shared(${LOCKS.shares})`);
      const { count } = await tx.unsafe(INSERT, columns, { prepare: true });
      return batch.length - count;
    });
  }

  async totals(client: Client): Promise<{ shares: number; creditPicoZat: bigint }> {
    const [row] = await client.unsafe(
      `SELECT count(*) AS shares, coalesce(sum(credit_zat), 0) AS zat,
         coalesce(sum(credit_pico), 0) AS pico FROM share`,
    );
    return { shares: Number(row?.shares), creditPicoZat: row?.zat * PICO_PER_ZAT + row?.pico };
  }

  async minerTotals(client: Client, minerId: string): Promise<MinerTotals | undefined> {
    const [row] = await client.unsafe(
      `SELECT count(*) AS shares, coalesce(sum(credit_zat), 0) AS zat,
         coalesce(sum(credit_pico), 0) AS pico, max(timestamp_ms) AS last_share_ms
       FROM share WHERE worker IN (
         SELECT worker.id FROM worker JOIN miner ON miner.id = worker.miner WHERE miner_id = $1
       )`,
      [minerId],
    );
    if (row === undefined || row.shares === 0n) return undefined;
    return {
      minerId,
      shares: Number(row.shares),
      creditPicoZat: row.zat * PICO_PER_ZAT + row.pico,
      lastShareMs: Number(row.last_share_ms),
    };
  }

  async forgetProofs(client: Client, belowHeight: number): Promise<number> {
    const { count } = await client.unsafe(
      `DELETE FROM share_proof WHERE (height, proof_id) IN (
         SELECT height, proof_id FROM share_proof WHERE height < $1
         ORDER BY height, proof_id LIMIT ${BATCH_LENGTH_MAX}
       )`,
      [belowHeight],
    );
    return count;
  }
}
