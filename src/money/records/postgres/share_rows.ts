import { PICO_PER_ZAT } from "../../ledger/mod.ts";
import { BATCH_LENGTH_MAX } from "../checks.ts";
import type { MinerTotals, ShareRecord } from "../store.ts";
import { bytesArray, numberArray } from "../../../platform/database/mod.ts";
import type { Client } from "../../../platform/database/mod.ts";
import { DayPartitions } from "./day_partitions.ts";
import { LOCKS } from "../../../platform/database/mod.ts";
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
      $6::bigint[], $7::int[], $8::bigint[], $9::bigint[], $10::bigint[]) WITH ORDINALITY
      AS v (height, proof_id, worker, target, job_id, timestamp_ms, is_block, credit_zat,
        credit_pico, terms, place)
  ), fresh AS (
    INSERT INTO share_proof (height, proof_id)
    SELECT DISTINCT height, proof_id FROM given ORDER BY height, proof_id
    ON CONFLICT DO NOTHING RETURNING height, proof_id
  ), first AS (
    SELECT DISTINCT ON (height, proof_id) * FROM given ORDER BY height, proof_id, place
  )
  INSERT INTO share
    (day, worker, target, job_id, height, timestamp_ms, is_block, credit_zat, credit_pico, terms)
  SELECT $11::int, worker, target, job_id, height, timestamp_ms, is_block = 1, credit_zat,
    credit_pico, nullif(terms, 0)
  FROM first JOIN fresh USING (height, proof_id) ORDER BY place`;

const SUMS = `coalesce(sum(shares), 0) AS shares, coalesce(sum(credit_zat), 0) AS zat,
  coalesce(sum(credit_pico), 0) AS pico`;
/** Shares that count by their rows: those of hours whose rows may be gone count by their sums. */
const kept = (condition: string): string =>
  `SELECT 1 AS shares, credit_zat, credit_pico, timestamp_ms AS last_ms FROM share
   WHERE id > (SELECT coalesce(max(through_share), 0) FROM share_hour WHERE removed = 1) ${condition}`;
const removed = (condition: string): string =>
  `SELECT shares, credit_zat, credit_pico, last_share_ms AS last_ms FROM miner_hour
   WHERE hour IN (SELECT hour FROM share_hour WHERE removed = 1) ${condition}`;

interface Piece {
  readonly shares: readonly ShareRecord[];
  readonly columns: (string | number)[];
}

/** Runs of shares; one that found a block is alone, because its row id is kept with the block. */
function piecesOf(batch: readonly ShareRecord[]): ShareRecord[][] {
  const pieces: ShareRecord[][] = [];
  let alone = true;
  for (const share of batch) {
    if (alone || share.isBlock) pieces.push([share]);
    else pieces.at(-1)?.push(share);
    alone = share.isBlock;
  }
  return pieces;
}

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
    const pieces: Piece[] = [];
    for (const shares of piecesOf(batch)) {
      pieces.push({ shares, columns: await this.#columns(client, shares, day) });
    }
    return await client.begin(async (tx) => {
      await tx.unsafe(`SELECT pg_advisory_xact_lock_shared(${LOCKS.shares})`);
      let inserted = 0;
      for (const { shares, columns } of pieces) {
        const [first] = shares;
        if (first?.isBlock !== true) {
          inserted += (await tx.unsafe(INSERT, columns, { prepare: true })).count;
          continue;
        }
        const [row] = await tx.unsafe(`${INSERT} RETURNING id`, columns);
        if (row === undefined) continue;
        inserted++;
        await tx.unsafe(
          "INSERT INTO block_share (hash, share) VALUES ($1, $2) ON CONFLICT DO NOTHING",
          [first.proofId as never, row.id],
        );
      }
      return batch.length - inserted;
    });
  }

  async #columns(
    client: Client,
    shares: readonly ShareRecord[],
    day: number,
  ): Promise<(string | number)[]> {
    const workers = await this.#names.workers(client, shares);
    const targets = await this.#names.targets(client, shares);
    const terms = await this.#names.terms(client, shares);
    return [
      numberArray(shares.map(({ height }) => height)),
      bytesArray(shares.map(({ proofId }) => proofId)),
      numberArray(workers),
      numberArray(targets),
      numberArray(shares.map(({ jobId }) => jobId)),
      numberArray(shares.map(({ timestampMs }) => timestampMs)),
      numberArray(shares.map(({ isBlock }) => isBlock ? 1 : 0)),
      numberArray(shares.map(({ creditPicoZat }) => creditPicoZat / PICO_PER_ZAT)),
      numberArray(shares.map(({ creditPicoZat }) => creditPicoZat % PICO_PER_ZAT)),
      numberArray(terms),
      day,
    ];
  }

  async totals(client: Client): Promise<{ shares: number; creditPicoZat: bigint }> {
    const [row] = await client.unsafe(
      `SELECT ${SUMS} FROM (${kept("")} UNION ALL ${removed("")}) AS counted`,
    );
    return { shares: Number(row?.shares), creditPicoZat: row?.zat * PICO_PER_ZAT + row?.pico };
  }

  async minerTotals(client: Client, minerId: string): Promise<MinerTotals | undefined> {
    const [row] = await client.unsafe(
      `SELECT ${SUMS}, max(last_ms) AS last_share_ms FROM (
         ${
        kept(`AND worker IN (
           SELECT worker.id FROM worker JOIN miner ON miner.id = worker.miner WHERE miner_id = $1
         )`)
      }
         UNION ALL
         ${removed("AND miner = (SELECT id FROM miner WHERE miner_id = $1)")}
       ) AS counted`,
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
