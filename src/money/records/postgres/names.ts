/**
 * Row ids of miners, workers and targets: looked up once, then remembered.
 *
 * They are made in statements of their own, before the transaction that uses them: an id that is
 * remembered is committed, whatever becomes of the rows that refer to it.
 *
 * @module
 */
import { u256ToLe } from "../../../base/mod.ts";
import { type ShareTerms, termsKey } from "../records.ts";
import { bytesArray, numberArray, textArray } from "../../../platform/database/mod.ts";
import type { Client, Rows } from "../../../platform/database/mod.ts";

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
  readonly #miners: Remembered;
  readonly #workers: Remembered;
  readonly #targets: Remembered;
  readonly #terms: Remembered;

  /** @param options.rememberedMax names of each kind that are remembered. */
  constructor({ rememberedMax = REMEMBERED_MAX } = {}) {
    this.#miners = new Remembered(rememberedMax);
    this.#workers = new Remembered(rememberedMax);
    this.#targets = new Remembered(rememberedMax);
    this.#terms = new Remembered(rememberedMax);
  }

  /** Row ids of miners, in the order given; rows are made for new ones. */
  async miners(client: Client, ids: readonly string[]): Promise<bigint[]> {
    return await this.#miners.find(client, ids, async (unknown) => {
      const list = textArray(unknown.sort());
      await client.unsafe(
        "INSERT INTO miner (miner_id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING",
        [list],
      );
      const rows = await client.unsafe(
        "SELECT id, miner_id FROM miner WHERE miner_id = ANY ($1::text[])",
        [list],
      );
      return rows.map((row) => [row.miner_id, row.id]);
    });
  }

  /** Row ids of workers, in the order given; rows are made for new ones. */
  async workers(client: Client, names: readonly WorkerNames[]): Promise<bigint[]> {
    const byKey = new Map(names.map((name) => [keyOf(name), name]));
    return await this.#workers.find(client, names.map(keyOf), async (unknown) => {
      const list = unknown.map((key) => byKey.get(key) as WorkerNames);
      const miners = await this.miners(client, list.map(({ minerId }) => minerId));
      const columns = [numberArray(miners), textArray(list.map(({ workerName }) => workerName))];
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
      return byPlace(unknown, rows);
    });
  }

  /** Row ids of targets, in the order given; rows are made for new ones. */
  async targets(client: Client, targets: readonly TargetNames[]): Promise<bigint[]> {
    const key = (target: bigint): string => target.toString(16).padStart(64, "0");
    const byKey = new Map(targets.map((names) => [key(names.target), names]));
    const keys = targets.map(({ target }) => key(target));
    return await this.#targets.find(client, keys, async (unknown) => {
      unknown.sort();
      const list = unknown.map((each) => byKey.get(each) as TargetNames);
      const bytes = bytesArray(list.map(({ target }) => u256ToLe(target)));
      await client.unsafe(
        `INSERT INTO share_target (target, difficulty)
         SELECT * FROM unnest($1::bytea[], $2::float8[]) ON CONFLICT DO NOTHING`,
        [bytes, numberArray(list.map(({ difficulty }) => difficulty))],
      );
      const rows = await client.unsafe(
        `SELECT share_target.id, v.place FROM share_target
         JOIN unnest($1::bytea[]) WITH ORDINALITY AS v (target, place) USING (target)`,
        [bytes],
      );
      return byPlace(unknown, rows);
    });
  }

  /** Row ids of what credits were computed from, in the order given; 0 where nothing is given. */
  async terms(
    client: Client,
    shares: readonly { readonly terms?: ShareTerms }[],
  ): Promise<bigint[]> {
    const given = shares.flatMap(({ terms }) => terms ?? []);
    const byKey = new Map(given.map((terms) => [termsKey(terms), terms]));
    const ids = await this.#terms.find(client, given.map(termsKey), async (unknown) => {
      const list = unknown.map((key) => byKey.get(key) as ShareTerms);
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
      return byPlace(unknown, rows);
    });
    let next = 0;
    return shares.map(({ terms }) => terms === undefined ? 0n : ids[next++] as bigint);
  }
}

/**
 * Row ids by name, as long as the connections live on which they were read. A server that comes back
 * after a loss may lack what it had said was kept: a standby that took its place. Then names are looked up, and made, anew:
 * a share must never stand under a row that is not there, or that has become somebody else's.
 */
class Remembered {
  readonly #max: number;
  readonly #ids = new Map<string, bigint>();
  #client: Client | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Ids in the order of their keys.
   *
   * @param look gives the ids of keys that are not known yet, each of which stands there once.
   */
  async find(
    client: Client,
    keys: readonly string[],
    look: (unknown: string[]) => Promise<(readonly [string, bigint])[]>,
  ): Promise<bigint[]> {
    if (this.#client !== client) this.#ids.clear();
    this.#client = client;
    const ids = new Map<string, bigint>();
    const unknown = new Set<string>();
    for (const key of keys) {
      const id = this.#ids.get(key);
      if (id === undefined) unknown.add(key);
      else ids.set(key, id);
    }
    const made = unknown.size === 0 ? [] : await look([...unknown]);
    // Starting afresh is cheap (one look-up per entry) and needs no order of use.
    if (this.#ids.size + made.length > this.#max) this.#ids.clear();
    for (const [key, id] of made) {
      ids.set(key, id);
      if (this.#client === client) this.#ids.set(key, id);
    }
    return keys.map((key) => found(ids, key));
  }
}

/** A line feed cannot stand in either part. */
function keyOf({ minerId, workerName }: WorkerNames): string {
  return `${minerId}\n${workerName}`;
}

/** Rows with the place of their key, counted from 1. */
function byPlace(keys: readonly string[], rows: Rows): (readonly [string, bigint])[] {
  return rows.map((row) => [keys[Number(row.place) - 1] as string, row.id]);
}

function found(ids: ReadonlyMap<string, bigint>, key: string): bigint {
  const id = ids.get(key);
  if (id === undefined) throw new Error("Cannot keep a record: a name has no row");
  return id;
}
