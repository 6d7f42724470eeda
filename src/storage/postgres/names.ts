/**
 * Row ids of miners, workers and targets: looked up once, then remembered.
 *
 * They are made in statements of their own, before the transaction that uses them: an id that is
 * remembered is committed, whatever becomes of the rows that refer to it.
 *
 * @module
 */
import { u256ToLe } from "../../base/mod.ts";
import { type ShareTerms, termsKey } from "../store.ts";
import { bytesArray, numberArray, textArray } from "./arrays.ts";
import type { Client } from "./client.ts";

/** Entries remembered; more than the workers that can be connected at once by default. */
const REMEMBERED_MAX = 50_000;

/** A worker by its names. */
export interface WorkerNames {
  readonly minerId: string;
  readonly workerName: string;
}

/** A target and its display form. */
export interface TargetNames {
  readonly target: bigint;
  readonly difficulty: number;
}

/** Gives every miner, worker and target its row. */
export class PostgresNames {
  readonly #miners = new Map<string, bigint>();
  readonly #workers = new Map<string, bigint>();
  readonly #targets = new Map<bigint, bigint>();
  readonly #terms = new Map<string, bigint>();

  /** Row ids of miners, in the order given; rows are made for new ones. */
  async miners(client: Client, ids: readonly string[]): Promise<bigint[]> {
    const unknown = [...new Set(ids)].filter((id) => !this.#miners.has(id)).sort();
    if (unknown.length > 0) {
      forgetAll(this.#miners, unknown.length);
      await client.unsafe(
        "INSERT INTO miner (miner_id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING",
        [textArray(unknown)],
      );
      const rows = await client.unsafe(
        "SELECT id, miner_id FROM miner WHERE miner_id = ANY ($1::text[])",
        [textArray(unknown)],
      );
      for (const row of rows) this.#miners.set(row.miner_id, row.id);
    }
    return ids.map((id) => found(this.#miners, id));
  }

  /** Row ids of workers, in the order given; rows are made for new ones. */
  async workers(client: Client, names: readonly WorkerNames[]): Promise<bigint[]> {
    const unknown = new Map<string, WorkerNames>();
    for (const name of names) {
      const key = keyOf(name);
      if (!this.#workers.has(key)) unknown.set(key, name);
    }
    if (unknown.size > 0) {
      const list = [...unknown.values()];
      const miners = await this.miners(client, list.map(({ minerId }) => minerId));
      forgetAll(this.#workers, unknown.size);
      const columns = [
        numberArray(miners),
        textArray(list.map(({ workerName }) => workerName)),
      ];
      await client.unsafe(
        `INSERT INTO worker (miner, name)
         SELECT miner, name FROM unnest($1::bigint[], $2::text[]) AS v (miner, name)
         ORDER BY miner, name ON CONFLICT DO NOTHING`,
        columns,
      );
      const rows = await client.unsafe(
        `SELECT worker.id, v.place FROM worker
         JOIN unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS v (miner, name, place)
           ON worker.miner = v.miner AND worker.name = v.name`,
        columns,
      );
      for (const row of rows) {
        const name = list[Number(row.place) - 1];
        if (name !== undefined) this.#workers.set(keyOf(name), row.id);
      }
    }
    return names.map((name) => found(this.#workers, keyOf(name)));
  }

  /** Row ids of targets, in the order given; rows are made for new ones. */
  async targets(client: Client, targets: readonly TargetNames[]): Promise<bigint[]> {
    const unknown = new Map<bigint, number>();
    for (const { target, difficulty } of targets) {
      if (!this.#targets.has(target)) unknown.set(target, difficulty);
    }
    if (unknown.size > 0) {
      forgetAll(this.#targets, unknown.size);
      const list = [...unknown.keys()].sort((a, b) => a < b ? -1 : 1);
      const bytes = bytesArray(list.map((target) => u256ToLe(target)));
      await client.unsafe(
        `INSERT INTO share_target (target, difficulty)
         SELECT * FROM unnest($1::bytea[], $2::float8[]) ON CONFLICT DO NOTHING`,
        [bytes, numberArray(list.map((target) => unknown.get(target) ?? 0))],
      );
      const rows = await client.unsafe(
        `SELECT share_target.id, v.place FROM share_target
         JOIN unnest($1::bytea[]) WITH ORDINALITY AS v (target, place) USING (target)`,
        [bytes],
      );
      for (const row of rows) {
        const target = list[Number(row.place) - 1];
        if (target !== undefined) this.#targets.set(target, row.id);
      }
    }
    return targets.map(({ target }) => found(this.#targets, target));
  }

  /** Row ids of what credits were computed from, in the order given; 0 where nothing is given. */
  async terms(
    client: Client,
    shares: readonly { readonly terms?: ShareTerms }[],
  ): Promise<bigint[]> {
    const unknown = new Map<string, ShareTerms>();
    const keys = shares.map(({ terms }) => {
      if (terms === undefined) return "";
      const key = termsKey(terms);
      if (!this.#terms.has(key)) unknown.set(key, terms);
      return key;
    });
    if (unknown.size > 0) {
      forgetAll(this.#terms, unknown.size);
      const list = [...unknown.values()];
      const columns = [
        bytesArray(list.map(({ networkTarget }) => u256ToLe(networkTarget))),
        numberArray(list.map(({ rewardZat }) => rewardZat)),
        numberArray(list.map(({ feePpm }) => feePpm)),
      ];
      await client.unsafe(
        `INSERT INTO share_terms (network_target, reward_zat, fee_ppm)
         SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS v (a, b, c)
         ORDER BY a, b, c ON CONFLICT DO NOTHING`,
        columns,
      );
      const rows = await client.unsafe(
        `SELECT share_terms.id, v.place FROM share_terms
         JOIN unnest($1::bytea[], $2::bigint[], $3::bigint[]) WITH ORDINALITY
           AS v (network_target, reward_zat, fee_ppm, place)
           USING (network_target, reward_zat, fee_ppm)`,
        columns,
      );
      for (const row of rows) {
        const terms = list[Number(row.place) - 1];
        if (terms !== undefined) this.#terms.set(termsKey(terms), row.id);
      }
    }
    return keys.map((key) => key === "" ? 0n : found(this.#terms, key));
  }
}

/** A line feed cannot stand in either part. */
function keyOf({ minerId, workerName }: WorkerNames): string {
  return `${minerId}\n${workerName}`;
}

/** Starting afresh is cheap (one look-up per entry) and needs no order of use. */
function forgetAll(map: Map<unknown, bigint>, more: number): void {
  if (map.size + more > REMEMBERED_MAX) map.clear();
}

function found<K>(map: ReadonlyMap<K, bigint>, key: K): bigint {
  const id = map.get(key);
  if (id === undefined) throw new Error("Cannot keep a record: a name has no row");
  return id;
}
