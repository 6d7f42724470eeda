/**
 * Row ids of miners, workers and targets: looked up once, then remembered.
 *
 * @module
 */
import { u256ToLe } from "../../../base/mod.ts";
import { type ShareTerms, termsKey } from "../records.ts";
import type { Database, Statement } from "../../../platform/database/mod.ts";

/** Entries remembered; more than the workers that can be connected at once by default. */
const REMEMBERED_MAX = 20_000;

/** Gives every worker and every target its row, inside the transaction of the caller. */
export class RowIds {
  readonly #workers = new Remembered<string>();
  readonly #targets = new Remembered<bigint>();
  readonly #terms = new Remembered<string>();
  readonly #insertMiner: Statement;
  readonly #findMiner: Statement;
  readonly #insertWorker: Statement;
  readonly #findWorker: Statement;
  readonly #insertTarget: Statement;
  readonly #findTarget: Statement;
  readonly #insertTerms: Statement;
  readonly #findTerms: Statement;

  constructor(database: Database) {
    const p = (sql: string): Statement => database.prepare(sql);
    this.#insertMiner = p("INSERT INTO miner (miner_id) VALUES (?) ON CONFLICT DO NOTHING");
    this.#findMiner = p("SELECT id FROM miner WHERE miner_id = ?");
    this.#insertWorker = p("INSERT INTO worker (miner, name) VALUES (?, ?) ON CONFLICT DO NOTHING");
    this.#findWorker = p("SELECT id FROM worker WHERE miner = ? AND name = ?");
    this.#insertTarget = p(
      "INSERT INTO share_target (target, difficulty) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#findTarget = p("SELECT id FROM share_target WHERE target = ?");
    this.#insertTerms = p(
      `INSERT INTO share_terms (network_target, reward_zat, fee_ppm) VALUES (?, ?, ?)
       ON CONFLICT DO NOTHING`,
    );
    this.#findTerms = p(
      "SELECT id FROM share_terms WHERE network_target = ? AND reward_zat = ? AND fee_ppm = ?",
    );
  }

  /** The row of a worker, made when it is new. */
  worker(minerId: string, name: string): bigint {
    // A line feed cannot stand in either part.
    return this.#workers.get(`${minerId}\n${name}`, () => {
      this.#insertMiner.run(minerId);
      const miner = idOf(this.#findMiner.first(minerId));
      this.#insertWorker.run(miner, name);
      return idOf(this.#findWorker.first(miner, name));
    });
  }

  /** The row of a target, made when it is new. */
  target(target: bigint, difficulty: number): bigint {
    return this.#targets.get(target, () => {
      const bytes = u256ToLe(target);
      this.#insertTarget.run(bytes, difficulty);
      return idOf(this.#findTarget.first(bytes));
    });
  }

  /** The row of what a credit was computed from, made when it is new. */
  terms(terms: ShareTerms): bigint {
    return this.#terms.get(termsKey(terms), () => {
      const values = [u256ToLe(terms.networkTarget), terms.rewardZat, terms.feePpm] as const;
      this.#insertTerms.run(...values);
      return idOf(this.#findTerms.first(...values));
    });
  }

  /** The transaction was committed: what it found may be relied on from now on. */
  keep(): void {
    this.#workers.keep();
    this.#targets.keep();
    this.#terms.keep();
  }

  /** The transaction was undone, and with it perhaps rows whose ids were handed out. */
  drop(): void {
    this.#workers.drop();
    this.#targets.drop();
    this.#terms.drop();
  }
}

/** Ids by key; those of the running transaction apart until it is known how it ended. */
class Remembered<Key> {
  readonly #kept = new Map<Key, bigint>();
  readonly #pending = new Map<Key, bigint>();

  get(key: Key, find: () => bigint): bigint {
    let id = this.#kept.get(key) ?? this.#pending.get(key);
    if (id === undefined) {
      id = find();
      this.#pending.set(key, id);
    }
    return id;
  }

  keep(): void {
    // Starting afresh is cheap (one look-up per entry) and needs no order of use.
    if (this.#kept.size + this.#pending.size > REMEMBERED_MAX) this.#kept.clear();
    for (const [key, id] of this.#pending) this.#kept.set(key, id);
    this.#pending.clear();
  }

  drop(): void {
    this.#pending.clear();
  }
}

function idOf(row: { readonly [column: string]: unknown } | undefined): bigint {
  return row?.id as bigint;
}
