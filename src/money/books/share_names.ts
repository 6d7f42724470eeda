import { u256FromLe } from "../../base/mod.ts";
import type { SqlRow, SqlSession } from "../../platform/database/mod.ts";
import type { ShareTerms } from "../records/mod.ts";

/** Names remembered; a pool of 10,000 miners has some tens of thousands. */
const REMEMBERED_MAX = 200_000;
const NAMES_PER_QUERY = 500;

/** What the numbers in a share's row stand for: its worker and miner, target and terms. */
export class ShareNames {
  readonly #workers = new Map<bigint, { readonly miner: bigint; readonly minerId: string }>();
  readonly #targets = new Map<bigint, bigint>();
  readonly #terms = new Map<bigint, ShareTerms>();
  #server: object | undefined;

  /**
   * Looks up the names of rows that are not known yet; they never change, as long as the server does
   * not come back without its last commits.
   */
  async learn(tx: SqlSession, rows: readonly SqlRow[]): Promise<void> {
    const isOther = tx.server !== this.#server;
    this.#server = tx.server;
    for (const names of [this.#workers, this.#targets, this.#terms]) {
      if (isOther || names.size > REMEMBERED_MAX) names.clear();
    }
    await each(tx, missing(rows, "worker", this.#workers), WORKERS, (row) => {
      const { id, miner, miner_id } = row as { id: bigint; miner: bigint; miner_id: string };
      this.#workers.set(id, { miner, minerId: miner_id });
    });
    await each(tx, missing(rows, "target", this.#targets), TARGETS, (row) => {
      this.#targets.set(row.id as bigint, u256FromLe(row.target as Uint8Array));
    });
    await each(tx, missing(rows, "terms", this.#terms), TERMS, (row) => {
      this.#terms.set(row.id as bigint, {
        networkTarget: u256FromLe(row.network_target as Uint8Array),
        rewardZat: row.reward_zat as bigint,
        feePpm: Number(row.fee_ppm),
      });
    });
  }

  /** Of a worker that was learnt: row id and id of its miner. */
  worker(id: bigint): { readonly miner: bigint; readonly minerId: string } {
    return known(this.#workers, id, "worker");
  }

  /** A target that was learnt. */
  target(id: bigint): bigint {
    return known(this.#targets, id, "target");
  }

  /** Terms that were learnt; undefined where there are none. */
  terms(id: bigint | null): ShareTerms | undefined {
    return id === null ? undefined : this.#terms.get(id);
  }
}

function known<T>(names: ReadonlyMap<bigint, T>, id: bigint, what: string): T {
  const name = names.get(id);
  if (name === undefined) throw new Error(`Cannot read shares: a ${what} has no row`);
  return name;
}

const WORKERS = `SELECT worker.id, worker.miner, miner.miner_id FROM worker
  JOIN miner ON miner.id = worker.miner WHERE worker.id`;
const TARGETS = "SELECT id, target FROM share_target WHERE id";
const TERMS = "SELECT id, network_target, reward_zat, fee_ppm FROM share_terms WHERE id";

function missing(
  rows: readonly SqlRow[],
  column: string,
  known: ReadonlyMap<bigint, unknown>,
): bigint[] {
  const ids = new Set<bigint>();
  for (const row of rows) {
    const id = row[column];
    if (typeof id === "bigint" && !known.has(id)) ids.add(id);
  }
  return [...ids];
}

async function each(
  tx: SqlSession,
  ids: readonly bigint[],
  select: string,
  take: (row: SqlRow) => void,
): Promise<void> {
  for (let from = 0; from < ids.length; from += NAMES_PER_QUERY) {
    const chunk = ids.slice(from, from + NAMES_PER_QUERY);
    const list = chunk.map((_, index) => `$${index + 1}`).join(", ");
    for (const row of await tx.query(`${select} IN (${list})`, chunk)) take(row);
  }
}
