import type { Clock } from "../../../base/mod.ts";
import {
  bytesArray,
  type Client,
  LOCKS,
  numberArray,
  type PostgresDatabase,
} from "../../../platform/database/mod.ts";
import { PICO_PER_ZAT } from "../../ledger/mod.ts";
import type { ShareRows } from "../record_store.ts";
import type { ShareRecord } from "../records.ts";
import { DayPartitions } from "./day_partitions.ts";
import { PostgresNames } from "./names.ts";

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

/** The tables `share` and `share_proof`: a statement for a batch. */
export class PostgresShareRows implements ShareRows {
  readonly #database: PostgresDatabase;
  readonly #clock: Clock;
  readonly #names = new PostgresNames();
  readonly #partitions = new DayPartitions();

  constructor(database: PostgresDatabase, modules: { readonly clock: Clock }) {
    this.#database = database;
    this.#clock = modules.clock;
  }

  async insert(batch: readonly ShareRecord[]): Promise<number> {
    if (batch.length === 0) return 0;
    return await this.#database.connection.use((client) => this.#insert(client, batch));
  }

  async #insert(client: Client, batch: readonly ShareRecord[]): Promise<number> {
    const day = Math.floor(this.#clock.now() / DAY_MS);
    await this.#partitions.ensure(client, day);
    const pieces: Piece[] = [];
    for (const shares of piecesOf(batch)) {
      pieces.push({ shares, columns: await this.#columns(client, shares, day) });
    }
    return await client.begin("writing", async (tx) => {
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
}
