import type { SqlDatabase, SqlRow, SqlSession } from "../../platform/database/mod.ts";
import type { Ban, BanKey, KeptBan } from "./ban.ts";

/** Bans that a ledger keeps; with more the oldest go. */
const BANS_MAX = 10_000;

/** Rows of one reading. */
const PAGE = 1_000;

/** The bans of a ledger, for all processes on it and for operators. */
export class BanStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** Adds bans; one that is there begins anew. */
  add(bans: readonly Ban[]): Promise<void> {
    return this.#database.transaction(async (tx) => {
      // The newest stays, because the numbers of changes go on from it.
      await tx.execute(
        `DELETE FROM ban WHERE banned_s + duration_s <= ${now(tx)}
         AND change_no < (SELECT MAX(change_no) FROM ban)`,
      );
      for (const { network, identity, durationSecs, reason, actor } of bans) {
        await tx.execute(
          `INSERT INTO ban (network, identity, banned_s, duration_s, reason, actor, lifted, change_no)
           VALUES ($1, $2, ${now(tx)}, $3, $4, $5, 0, ${NEXT_CHANGE})
           ON CONFLICT (network, identity) DO UPDATE SET banned_s = excluded.banned_s,
             duration_s = excluded.duration_s, reason = excluded.reason, actor = excluded.actor,
             lifted = 0, change_no = excluded.change_no`,
          [network, identity, BigInt(durationSecs), reason.slice(0, 500), actor.slice(0, 100)],
        );
      }
      await tx.execute(
        `DELETE FROM ban WHERE change_no <= (SELECT MAX(change_no) FROM ban) - ${BANS_MAX}`,
      );
    });
  }

  /** Ends bans of a network: one identity's, or all; says how many there were. */
  lift(network: string, identity?: string): Promise<number> {
    return this.#database.transaction(async (tx) => {
      const rows = await tx.query(
        `SELECT identity FROM ban WHERE network = $1 AND lifted = 0
         AND banned_s + duration_s > ${now(tx)} ORDER BY identity LIMIT ${BANS_MAX}`,
        [network],
      );
      const meant = rows.map((row) => String(row.identity))
        .filter((each) => identity === undefined || each === identity);
      for (const each of meant) {
        // The row stays until its time is over, so that every process learns of it.
        await tx.execute(
          `UPDATE ban SET lifted = 1, change_no = ${NEXT_CHANGE}
           WHERE network = $1 AND identity = $2`,
          [network, each],
        );
      }
      return meant.length;
    });
  }

  /**
   * Bans in the order of their changes, lifted ones too, as long as their time lasts; one page.
   *
   * @param after the last change that is known.
   */
  changes(after = 0n): Promise<KeptBan[]> {
    return this.#database.read(async (tx) => {
      const rows = await tx.query(
        `SELECT network, identity, duration_s, reason, actor, lifted, change_no,
           banned_s + duration_s - ${now(tx)} AS left_s
         FROM ban WHERE change_no > $1 AND banned_s + duration_s > ${now(tx)}
         ORDER BY change_no LIMIT ${PAGE}`,
        [after],
      );
      return rows.map(keptBan);
    });
  }

  /** Every ban that holds, the newest last. */
  async current(): Promise<KeptBan[]> {
    const found: KeptBan[] = [];
    for (let after = 0n;;) {
      const page = await this.changes(after);
      found.push(...page.filter(({ isLifted }) => !isLifted));
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return found;
      after = last.change;
    }
  }
}

/** Changes are made one at a time: see {@link SqlDatabase.transaction}. */
const NEXT_CHANGE = "(SELECT COALESCE(MAX(change_no), 0) + 1 FROM ban)";

/** One text for each key. */
export function textOf({ network, identity }: BanKey): string {
  return `${network} ${identity}`;
}

/** The database's clock, in seconds: those of several machines differ. */
function now({ kind }: SqlSession): string {
  return kind === "sqlite"
    ? "unixepoch()"
    : "CAST(extract(epoch FROM clock_timestamp()) AS BIGINT)";
}

function keptBan(row: SqlRow): KeptBan {
  const durationSecs = Number(row.duration_s);
  return {
    network: String(row.network),
    identity: String(row.identity),
    durationSecs,
    reason: String(row.reason),
    actor: String(row.actor),
    isLifted: Number(row.lifted) !== 0,
    leftSecs: Math.min(durationSecs, Number(row.left_s)),
    change: row.change_no as bigint,
  };
}
