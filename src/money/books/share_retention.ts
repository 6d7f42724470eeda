import { PENDING_STATES } from "../../chain/blocks/mod.ts";
import type { Clock } from "../../base/mod.ts";
import { partitionName } from "../records/mod.ts";
import { type SqlDatabase, type SqlSession, wordList } from "../../platform/database/mod.ts";
import { firstShareAfter, lastEpoch, type StoredEpoch } from "./epoch_rows.ts";
import { beforeWindow, longestWindow, type WindowLength } from "./kept_windows.ts";
import { roundsDoneThrough } from "./prop_rounds.ts";

const DAY_MS = 86_400_000;

/** Rows removed in one transaction: SQLite holds the event loop for some 3 ms. */
const PIECE = 2_000;

/** A block that no node has mentioned for this long will not be divided any more. */
const OPEN_BLOCK_MS = 30 * DAY_MS;

/** Dropping a day waits for its readers, and writers wait behind it: not for longer than this. */
const DROP_WAIT_MS = 1_000;

/**
 * Removes share rows of old closed hours; what each miner did in an hour stays (`miner_hour`). Never
 * removed are shares that a block may still be divided by: those of the window of `pplns`, of rounds
 * of `prop` that are not divided, and of found blocks that are not.
 */
export class ShareRetention {
  readonly #database: SqlDatabase;
  readonly #clock: Clock;
  readonly #days: number;
  /** Up to which row id rows may go, while there are more of them to be removed. */
  #through: bigint | undefined;

  /** @param options.days full days that share rows are kept; with 0 they go with their hour. */
  constructor(
    options: { readonly days: number },
    modules: { readonly database: SqlDatabase; readonly clock: Clock },
  ) {
    if (!(options.days >= 0)) {
      throw new RangeError(
        `Cannot remove shares: days of at least 0 expected, got ${options.days}`,
      );
    }
    this.#database = modules.database;
    this.#clock = modules.clock;
    this.#days = options.days;
  }

  /**
   * Removes one piece: at most 2,000 rows in SQLite, one day in PostgreSQL. To be called again
   * after a moment while it says that there is more.
   */
  async removePiece(): Promise<{ readonly more: boolean }> {
    const through = this.#through ??= await this.#release();
    this.#through = undefined;
    if (through === 0n) return { more: false };
    const { more } = this.#database.kind === "sqlite"
      ? await this.#deleteRows(through)
      : await this.#dropDay(through);
    // What is needed is looked for once, and not before each piece: that is as long as the window.
    if (more) this.#through = through;
    return { more };
  }

  /** Marks the hours whose rows may go; says up to which row id that is. */
  async #release(): Promise<bigint> {
    const needed = await this.#database.read((tx) => this.#neededAbove(tx));
    return await this.#database.transaction(async (tx) => {
      const [row] = await tx.query(
        `SELECT coalesce(max(through_share), 0) AS through FROM share_hour
         WHERE closed_at_ms <= $1 AND through_share <= $2`,
        [this.#clock.now() - this.#days * DAY_MS, needed],
      );
      const through = row?.through as bigint;
      await tx.execute(
        "UPDATE share_hour SET removed = 1 WHERE removed = 0 AND through_share <= $1",
        [through],
      );
      return through;
    });
  }

  /** Shares with higher row ids may still be needed. */
  async #neededAbove(tx: SqlSession): Promise<bigint> {
    const epoch = await lastEpoch(tx);
    // What was accepted under another scheme is in no window of the blocks to come.
    const from = epoch === undefined ? 0n : await firstShareAfter(tx, epoch);
    const needed = [await beforeWindow(tx, windowOf(epoch), { from, through: NEWEST })];
    const [row] = await tx.query(
      `SELECT min(block_share.share) AS block FROM block JOIN block_share USING (hash)
       WHERE block.state IN (${wordList(PENDING_STATES)})
         AND block.found_at_ms > $1`,
      [this.#clock.now() - OPEN_BLOCK_MS],
    );
    const open = typeof row?.block === "bigint" ? row.block : undefined;
    // The window of a block that is not divided yet reaches back from its own share, and is that of
    // its own terms: the longest of all is long enough.
    if (open !== undefined) {
      const range = { from: 0n, through: open };
      needed.push(await beforeWindow(tx, await longestWindow(tx), range));
    }
    if (epoch?.scheme === "prop" || open !== undefined && await hasRounds(tx)) {
      needed.push(await roundsDoneThrough(tx));
    }
    return needed.reduce((least, id) => id < least ? id : least);
  }

  async #deleteRows(through: bigint): Promise<{ more: boolean }> {
    const deleted = await this.#database.transaction((tx) =>
      tx.execute(
        `DELETE FROM share WHERE id IN (
           SELECT id FROM share WHERE id <= $1 ORDER BY id LIMIT ${PIECE}
         )`,
        [through],
      )
    );
    return { more: deleted === PIECE };
  }

  /** A day goes as a whole, when its last share may go. */
  async #dropDay(through: bigint): Promise<{ more: boolean }> {
    const today = Math.floor(this.#clock.now() / DAY_MS);
    return await this.#database.transaction(async (tx) => {
      const days = await tx.query(
        `SELECT substr(relname, 11)::bigint AS day FROM pg_inherits
         JOIN pg_class ON pg_class.oid = inhrelid
         WHERE inhparent = to_regclass('share') ORDER BY 1 LIMIT 1`,
      );
      const day = Number(days[0]?.day ?? today);
      if (day >= today) return { more: false };
      const table = partitionName(day);
      const [row] = await tx.query(`SELECT coalesce(max(id), 0) AS newest FROM ${table}`);
      if ((row?.newest as bigint) > through) return { more: false };
      await tx.execute(`SET LOCAL lock_timeout = ${DROP_WAIT_MS}`);
      await tx.execute(`DROP TABLE ${table}`);
      return { more: true };
    });
  }
}

/** The window of blocks to come. By work there is one under `pplns` only: paid shares have no part. */
function windowOf(epoch: StoredEpoch | undefined): WindowLength {
  const { scheme, pplnsWindow = 0, pplnsWindowUnit = "shares" } = epoch ?? {};
  if (pplnsWindowUnit === "shares") return { shares: pplnsWindow, blocks: 0 };
  return { shares: 0, blocks: scheme === "pplns" ? pplnsWindow : 0 };
}

/** More than any row id. */
const NEWEST = 2n ** 63n - 1n;

/** Whether blocks were, or are to be, divided by rounds. */
async function hasRounds(tx: SqlSession): Promise<boolean> {
  const [row] = await tx.query("SELECT count(*) AS epochs FROM epoch WHERE scheme = 'prop'");
  return row?.epochs !== 0n;
}
