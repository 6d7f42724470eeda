import { bytesToHex, type Clock, type Logger, PoolError, type Random } from "../../base/mod.ts";
import type { SqlDatabase, SqlSession } from "../../platform/database/mod.ts";

/** How often a process says that it is there, and after how long a silence it is taken for gone. */
const SEEN_EVERY_MS = 10_000;
const GONE_AFTER_S = 60;

/** Pools on one ledger; more than anybody runs behind one address. */
const PROCESSES_MAX = 1_000;

/** Settings that all processes on one ledger must have in common: names and values, as people read them. */
export type CommonTerms = Readonly<Record<string, string>>;

/** Processes on one ledger would credit or pay by different settings. */
export class TermsDifferError extends PoolError {
  declare readonly code: "terms-differ";

  /** @param differences `payout.scheme is pplns here and pps there`. */
  constructor(readonly place: string, readonly differences: readonly string[]) {
    super(
      "terms-differ",
      `Cannot start: another pool serves on this ledger (${place}) by other terms: ` +
        `${differences.join(", ")}. Give both the same, or change them while one process runs; ` +
        `one that was killed counts as running for ${GONE_AFTER_S} seconds`,
    );
  }
}

/** What a process needs to be one of those on a ledger. */
export interface PoolProcessModules {
  readonly database: SqlDatabase;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** This process among the pools that serve on one ledger. */
export class PoolProcess {
  readonly #id: string;
  readonly #row: { readonly place: string; readonly terms: string };
  readonly #modules: PoolProcessModules;
  #saying: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #left = false;

  private constructor(place: string, terms: CommonTerms, modules: PoolProcessModules) {
    this.#id = bytesToHex(modules.random.bytes(16));
    this.#row = { place, terms: JSON.stringify(terms) };
    this.#modules = modules;
  }

  /**
   * Joins the pools on a ledger. A file has one pool at a time, which its opening sees to; rows that
   * are found there are of processes that were killed.
   *
   * @param place where miners find it, for the other processes' messages.
   * @throws {TermsDifferError} when one that runs has other terms; {StorageError}.
   */
  static async join(
    place: string,
    terms: CommonTerms,
    modules: PoolProcessModules,
  ): Promise<PoolProcess> {
    const process = new PoolProcess(place, terms, modules);
    const others = await modules.database.transaction(async (tx) => {
      const others = await othersThan(terms, tx);
      for (const { place, differences } of others) {
        if (differences.length > 0) throw new TermsDifferError(place, differences);
      }
      await process.#say(tx);
      return others.map((other) => other.place);
    });
    if (others.length > 0) {
      const message = `other pools serve on this ledger: ${others.join(", ")}`;
      modules.logger.log("info", "other_pools", message);
    }
    process.#sayAgain();
    return process;
  }

  /** This process serves no more. */
  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    this.#cancel?.();
    await this.#saying;
    try {
      await this.#modules.database.write((tx) =>
        tx.execute("DELETE FROM pool_process WHERE id = $1", [this.#id])
      );
    } catch {
      // A database that is away forgets this process by itself.
    }
  }

  #sayAgain(): void {
    const { database, clock } = this.#modules;
    // In a file nobody is looked for: its lock tells.
    if (database.kind === "sqlite") return;
    this.#cancel = clock.after(SEEN_EVERY_MS, () => {
      this.#saying = this.#keepPlace().catch(() => {
        // The writer of records reports that the database is unreachable.
      }).finally(() => {
        if (!this.#left) this.#sayAgain();
      });
    });
  }

  /** A process that stood still so that it was taken for gone is one of them again, and says it. */
  async #keepPlace(): Promise<void> {
    const { database, logger } = this.#modules;
    const isKnown = await database.write((tx) =>
      tx.execute(`UPDATE pool_process SET seen_s = ${now(tx)} WHERE id = $1`, [this.#id])
    );
    if (isKnown === 1 || this.#left) return;
    const others = await database.transaction(async (tx) => {
      const others = await othersThan(JSON.parse(this.#row.terms), tx);
      await this.#say(tx);
      return others;
    });
    for (const { place, differences } of others) {
      if (differences.length === 0) continue;
      const message = "this pool stood still too long and was taken for gone, and another " +
        `one began meanwhile on this ledger (${place}) by other terms: ${
          differences.join(", ")
        }. ` +
        "Stop one of them";
      logger.log("error", "other_terms", message);
    }
  }

  async #say(tx: SqlSession): Promise<void> {
    await tx.execute(
      `INSERT INTO pool_process (id, place, terms, seen_s) VALUES ($1, $2, $3, ${now(tx)})`,
      [this.#id, this.#row.place, this.#row.terms],
    );
  }
}

/** The pools that are there, and what of the terms is another there. */
async function othersThan(
  terms: CommonTerms,
  tx: SqlSession,
): Promise<{ place: string; differences: string[] }[]> {
  await forgetGone(tx);
  const others = await tx.query(
    `SELECT place, terms FROM pool_process ORDER BY place LIMIT ${PROCESSES_MAX}`,
  );
  return others.map((other) => ({
    place: other.place as string,
    differences: differencesOf(terms, JSON.parse(other.terms as string)),
  }));
}

/** The database's clock, in seconds. */
function now({ kind }: SqlSession): string {
  return kind === "sqlite"
    ? "unixepoch()"
    : "CAST(extract(epoch FROM clock_timestamp()) AS BIGINT)";
}

async function forgetGone(tx: SqlSession): Promise<void> {
  const gone = tx.kind === "sqlite" ? "" : `WHERE seen_s < ${now(tx)} - ${GONE_AFTER_S}`;
  await tx.execute(`DELETE FROM pool_process ${gone}`);
}

/** A setting that only one of two versions knows is no difference. */
function differencesOf(here: CommonTerms, there: CommonTerms): string[] {
  return Object.entries(here)
    .filter(([name, value]) => there[name] !== undefined && there[name] !== value)
    .map(([name, value]) => `${name} is ${value} here and ${there[name]} there`);
}
