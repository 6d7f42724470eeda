import { type BlockState, PENDING_STATES, SUBMISSION_STATES } from "../../chain/blocks/mod.ts";
import type { BlockLedger, WatchedBlock } from "../../chain/chain_follower/mod.ts";
import { type Clock, displayHash } from "../../base/mod.ts";
import {
  type Account,
  blockFound,
  blockMatured,
  blockOrphaned,
  blockReturned,
  distribute,
  type Distribution,
  type JournalEntry,
  matureBlockLost,
  matureBlockRegained,
  minerAccount,
  type PostedBlock,
  ppsBlockFound,
  soloWeights,
  type Weighted,
  workOfBlocks,
} from "../ledger/mod.ts";
import {
  type SqlDatabase,
  type SqlSession,
  StorageError,
  Turn,
  wordList,
} from "../../platform/database/mod.ts";
import { UNKNOWN_FINDER } from "../records/mod.ts";
import { AccountOpener } from "./account_opener.ts";
import { moveBlock, readBlock, type SettledBlock } from "./block_settlement_rows.ts";
import { epochOf } from "./block_epoch.ts";
import { giveUpDebts, holdDebts, payDebts, splitOfBlock } from "./coinbase_debts.ts";
import { splitOf, type StoredSplit } from "./coinbase_splits.ts";
import { epochOfNumber, firstShareAfter, lastShareOf, type StoredEpoch } from "./epoch_rows.ts";
import { findEntry, postEntry } from "./journal_rows.ts";
import { freeRound, roundOf, type ShareRange, takeRound, takeRoundAgain } from "./prop_rounds.ts";
import { networkTargetBefore } from "./network_targets.ts";
import { addGroups, type MinerWork } from "./miner_work.ts";
import { type ShareReader } from "./share_reader.ts";

/**
 * The share that found a block is written within a second of the block, unless it was refused (a
 * stale one that may still win) or its process was killed. After this time it is not waited for.
 */
const SHARE_WAIT_MS = 60_000;

/** What a block's reward is divided by, and up to which share. */
interface Division {
  readonly epoch: StoredEpoch;
  readonly through: bigint;
  /** Where the shares of the scheme begin. */
  readonly from: bigint;
  /** Undefined under pay per share: the reward is the pool's. */
  readonly weights: Weighted[] | undefined;
  /** Under `prop`: the ranges of shares that were weighed. */
  readonly round?: readonly ShareRange[];
}

/**
 * Divides the rewards of found blocks and carries them through the life of the block. Each step is
 * one transaction that does nothing when the block is not in the state that it starts from, so that
 * a step that was repeated counts once. The parts are computed once and then kept as the lines of a
 * journal entry; what is taken back are exactly these lines.
 */
export class BlockSettler implements BlockLedger {
  readonly #database: SqlDatabase;
  readonly #reader: ShareReader;
  readonly #opener: AccountOpener;
  readonly #clock: Clock;
  /** One block after the other: under `prop` the shares of the next follow from the last. */
  readonly #creditTurn = new Turn();

  constructor(
    modules: {
      readonly database: SqlDatabase;
      readonly reader: ShareReader;
      readonly clock: Clock;
    },
  ) {
    this.#database = modules.database;
    this.#reader = modules.reader;
    this.#opener = new AccountOpener(modules.database);
    this.#clock = modules.clock;
  }

  /** A block whose value could not be read has 0 here: nothing is paid from it, so it is not watched. */
  async watched(fromHeight: number, limit: number): Promise<WatchedBlock[]> {
    const rows = await this.#database.read((tx) =>
      tx.query(
        `SELECT followed.hash, height, followed.state, coinbase_payment.state AS debts FROM (
           SELECT hash, height, state FROM block
           WHERE value_zat > 0 AND state IN (${wordList([...PENDING_STATES, "immature"])})
           UNION ALL
           SELECT hash, height, state FROM block
           WHERE value_zat > 0 AND height >= $1 AND state IN ('rejected', 'mature', 'orphaned')
         ) AS followed
         LEFT JOIN coinbase_payment ON coinbase_payment.hash = followed.hash
         ORDER BY height LIMIT $2`,
        [fromHeight, limit],
      )
    );
    return rows.map((row) => ({
      hash: row.hash as Uint8Array,
      height: Number(row.height),
      state: row.state as BlockState,
      displaced: row.state === "immature" && row.debts === "given-up",
    }));
  }

  /**
   * pending or rejected → immature: the reward is divided and credited, not yet due. The shares are
   * weighed before the transaction that posts the entry, so that nothing waits for it. Of a block
   * that one node has rejected and the chain does not have, there is nothing to take back.
   *
   * @throws {StorageError} `busy` while the share that found it is not written yet.
   */
  credit(hash: Uint8Array): Promise<void> {
    return this.#creditTurn.run(() => this.#credit(hash, SUBMISSION_STATES));
  }

  /** The debts in the coinbase of an immature block are set aside for it, in place of its rivals. */
  async hold(hash: Uint8Array): Promise<void> {
    await this.#step(hash, ["immature"], async (tx) => {
      const split = await splitOfBlock(tx, hash);
      if (split !== undefined) await holdDebts(tx, this.#debts(hash), split);
    });
  }

  /** immature → mature: what was credited is due, or paid by the block itself. */
  async mature(hash: Uint8Array): Promise<void> {
    const found = await this.#database.read(async (tx) => {
      const block = await readBlock(tx, hash);
      return block.state === "immature" ? await foundEntry(tx, block) : undefined;
    });
    if (found === undefined) return;
    const entry = blockMatured(this.#posted({ hash }), found);
    await this.#opener.open(accountsOf(entry));
    await this.#step(hash, ["immature"], async (tx) => {
      await post(tx, entry);
      const split = await splitOfBlock(tx, hash);
      if (split !== undefined) await payDebts(tx, this.#debts(hash), split);
      await tx.execute("UPDATE block_settlement SET matured = 1 WHERE hash = $1", [hash]);
      await this.#move(tx, hash, "mature", "");
    });
  }

  /**
   * pending, immature or mature → orphaned: exactly what was credited is taken back; what was due
   * already is borne by the pool.
   */
  async orphan(hash: Uint8Array, reason: string): Promise<void> {
    await this.#step(hash, [...PENDING_STATES, "immature", "mature"], async (tx, block) => {
      if (block.settlement?.matured === true) {
        const round = block.settlement.lost + 1;
        await post(tx, matureBlockLost(this.#posted(block), block.valueZat, round));
        await tx.execute("UPDATE block_settlement SET lost = $1 WHERE hash = $2", [round, hash]);
      } else if (block.settlement !== undefined) {
        const round = block.settlement.orphaned + 1;
        await post(tx, blockOrphaned(this.#posted(block), await foundEntry(tx, block), round));
        await tx.execute("UPDATE block_settlement SET orphaned = $1 WHERE hash = $2", [
          round,
          hash,
        ]);
        await freeRound(tx, hash);
        await giveUpDebts(tx, this.#debts(hash));
      }
      await this.#move(tx, hash, "orphaned", reason);
    });
  }

  /** orphaned → immature, or mature again where it was: the same credits once more. */
  async giveBack(hash: Uint8Array): Promise<void> {
    const block = await this.#database.read((tx) => readBlock(tx, hash));
    if (block.settlement === undefined) {
      return await this.#creditTurn.run(() => this.#credit(hash, ["orphaned"]));
    }
    await this.#step(hash, ["orphaned"], async (tx, { settlement, ...rest }) => {
      const posted = this.#posted(rest);
      const reason = "returned to the best chain";
      if (settlement?.matured === true) {
        await post(tx, matureBlockRegained(posted, rest.valueZat, settlement.lost));
        await this.#move(tx, hash, "mature", reason);
      } else if (settlement !== undefined) {
        const found = await foundEntry(tx, rest);
        await post(tx, blockReturned(posted, found, settlement.orphaned));
        await takeRoundAgain(tx, hash);
        const split = await splitOfBlock(tx, hash);
        if (split !== undefined) await holdDebts(tx, this.#debts(hash), split);
        await this.#move(tx, hash, "immature", reason);
      }
    });
  }

  async #credit(hash: Uint8Array, from: readonly BlockState[]): Promise<void> {
    const block = await this.#database.read((tx) => readBlock(tx, hash));
    if (!from.includes(block.state)) return;
    const split = await this.#database.read((tx) => splitOf(tx, block.coinbaseTxid));
    const division = split === undefined
      ? await this.#divide(block)
      : await this.#divideAsSplit(block, split);
    const entry = this.#foundEntry(block, division);
    if (split !== undefined) requireParts(split, entry);
    await this.#opener.open(accountsOf(entry));
    await this.#step(hash, from, async (tx) => {
      const inserted = await tx.execute(
        `INSERT INTO block_settlement (hash, epoch, through_share) VALUES ($1, $2, $3)
         ON CONFLICT (hash) DO NOTHING`,
        [hash, division.epoch.number, division.through],
      );
      // A late word of a node may have set the state back; the reward is divided all the same.
      if (inserted === 1) {
        if (division.round !== undefined) await this.#takeRound(tx, hash, division);
        await post(tx, entry);
        if (split !== undefined) await holdDebts(tx, this.#debts(hash), split);
      }
      await this.#move(tx, hash, "immature", "");
    });
  }

  async #takeRound(tx: SqlSession, hash: Uint8Array, division: Division): Promise<void> {
    const now = await roundOf(tx, division);
    const same = now.length === division.round?.length &&
      now.every(({ from, through }, index) =>
        from === division.round?.[index]?.from && through === division.round[index].through
      );
    if (!same) {
      throw new StorageError("busy", "Cannot divide a round: another process has just divided one");
    }
    await takeRound(tx, hash, division);
  }

  #foundEntry(block: SettledBlock, { epoch, weights }: Division): JournalEntry {
    const posted = this.#posted(block);
    if (weights === undefined) return ppsBlockFound(posted, block.valueZat);
    const distribution: Distribution = distribute(block.valueZat, epoch.feePpm, weights);
    return blockFound(posted, distribution);
  }

  async #divide(block: SettledBlock): Promise<Division> {
    const newest = await this.#reader.watermark();
    // A clock that was set back would make it wait for as long; then it is not waited for.
    const age = this.#clock.now() - block.foundAtMs;
    if (block.share === undefined && age >= 0 && age < SHARE_WAIT_MS) {
      const name = displayHash(block.hash);
      throw new StorageError("busy", `Cannot divide ${name} yet: its share is not written`);
    }
    return await this.#database.read(async (tx) => {
      const epoch = await epochOf(tx, block);
      const through = block.share ?? least(newest, await lastShareOf(tx, epoch));
      return await this.#divideThrough(tx, block, { epoch, through });
    });
  }

  /**
   * The block's own coinbase pays by shares up to the last that its split has read: this one ends the
   * window, whoever found the block, and later shares belong to the next one.
   */
  async #divideAsSplit(block: SettledBlock, split: StoredSplit): Promise<Division> {
    const { epoch: number, throughShare: through, networkTarget } = split;
    return await this.#database.read(async (tx) => {
      const epoch = await epochOfNumber(tx, number);
      return await this.#divideThrough(tx, { ...block, networkTarget }, { epoch, through });
    });
  }

  /**
   * The work by which a block would be divided by shares up to one, whoever finds it; undefined where
   * that is not known before: under `pps` nobody has a part of it, under `solo` its finder has, and
   * under `prop` a block that is orphaned meanwhile adds its shares.
   */
  async workAhead(
    tx: SqlSession,
    job: { readonly networkTarget: bigint },
    { epoch, through }: Pick<Division, "epoch" | "through">,
  ): Promise<ReadonlyMap<string, MinerWork> | undefined> {
    if (epoch.scheme !== "pplns") return undefined;
    const range = { from: await firstShareAfter(tx, epoch), through };
    const { work } = await this.#window(tx, job, { epoch, ...range });
    return work.size === 0 ? undefined : work;
  }

  async #divideThrough(
    tx: SqlSession,
    block: SettledBlock,
    { epoch, through }: Pick<Division, "epoch" | "through">,
  ): Promise<Division> {
    const range = { from: await firstShareAfter(tx, epoch), through };
    if (epoch.scheme !== "prop") {
      return { epoch, ...range, weights: await this.#weights(tx, block, { epoch, ...range }) };
    }
    const round = await roundOf(tx, range);
    return { epoch, ...range, round, weights: weightsOf(await this.#sum(tx, round), block) };
  }

  /** Shares that another process took under other terms and paid for have no part in it. */
  async #sum(tx: SqlSession, ranges: readonly ShareRange[]): Promise<Map<string, MinerWork>> {
    const sums = new Map<string, MinerWork>();
    for (const { from, through } of ranges) {
      for await (const groups of this.#reader.groups(tx, from, through)) {
        addGroups(sums, groups.filter(({ creditPicoZat }) => creditPicoZat === 0n));
      }
    }
    return sums;
  }

  async #weights(
    tx: SqlSession,
    block: SettledBlock,
    { epoch, from, through }: Omit<Division, "weights">,
  ): Promise<Weighted[] | undefined> {
    if (epoch.scheme === "pps") return undefined;
    if (epoch.scheme === "solo") return finderAlone(block);
    const { work } = await this.#window(tx, block, { epoch, from, through });
    return weightsOf(work, block);
  }

  async #window(
    tx: SqlSession,
    block: Pick<SettledBlock, "networkTarget">,
    { epoch, from, through }: Omit<Division, "weights">,
  ): Promise<{ readonly work: Map<string, MinerWork> }> {
    const { pplnsWindow, pplnsWindowUnit } = epoch;
    const range = { from, through };
    if (pplnsWindowUnit === "shares") return await this.#reader.window(tx, range, pplnsWindow);
    // A block whose share was refused has the target of the newest one that was taken before it.
    const networkTarget = block.networkTarget ?? await networkTargetBefore(tx, range);
    if (networkTarget === undefined) return { work: new Map() };
    return await this.#reader.workWindow(tx, range, workOfBlocks(pplnsWindow, networkTarget));
  }

  /** One transaction, only when the block is in one of these states. */
  async #step(
    hash: Uint8Array,
    from: readonly BlockState[],
    work: (tx: SqlSession, block: SettledBlock) => Promise<void>,
  ): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const block = await readBlock(tx, hash);
      if (from.includes(block.state)) await work(tx, block);
    });
  }

  async #move(tx: SqlSession, hash: Uint8Array, state: BlockState, reason: string): Promise<void> {
    await moveBlock(tx, hash, state, reason);
  }

  #debts(hash: Uint8Array): { readonly hash: Uint8Array; readonly atMs: number } {
    return { hash, atMs: this.#clock.now() };
  }

  #posted({ hash }: { readonly hash: Uint8Array }): PostedBlock {
    return { hash: displayHash(hash), atMs: this.#clock.now() };
  }
}

/** A block without a share takes none that came under another scheme: its own blocks divide these. */
function least(newest: bigint, last: bigint | undefined): bigint {
  return last !== undefined && last < newest ? last : newest;
}

/**
 * Nobody's shares are known (all were lost with a machine): the finder's own work remains.
 *
 * @throws {StorageError} `busy` while the finder is not known either.
 */
function weightsOf(work: ReadonlyMap<string, MinerWork>, block: SettledBlock): Weighted[] {
  if (work.size === 0) return finderAlone(block);
  return [...work.values()].map(({ minerId, work }) => ({ minerId, weight: work }));
}

function finderAlone({ hash, finderId }: SettledBlock): Weighted[] {
  if (finderId !== UNKNOWN_FINDER) return soloWeights(finderId);
  throw new StorageError(
    "busy",
    `Cannot divide ${displayHash(hash)} yet: the process that found it has not written by whom`,
  );
}

/** @throws {StorageError} `corrupt` when the coinbase pays more of its own block than is a miner's. */
function requireParts({ payments }: StoredSplit, { id, lines }: JournalEntry): void {
  const credits = new Map(lines.map(({ account, amountZat }) => [account, amountZat]));
  for (const { minerId, partZat } of payments) {
    const credit = credits.get(minerAccount(minerId, "immature")) ?? 0n;
    if (partZat <= credit) continue;
    throw new StorageError(
      "corrupt",
      `Cannot post ${id}: its coinbase pays ${minerId} ${partZat} zatoshis of it, ${credit} expected`,
    );
  }
}

function accountsOf({ lines }: JournalEntry): Account[] {
  return lines.map(({ account }) => account);
}

async function post(tx: SqlSession, entry: JournalEntry): Promise<void> {
  await postEntry(tx, entry);
}

async function foundEntry(
  tx: SqlSession,
  { hash }: { readonly hash: Uint8Array },
): Promise<JournalEntry> {
  const id = `block:${displayHash(hash)}:found`;
  const entry = await findEntry(tx, id);
  if (entry === undefined) {
    throw new StorageError("corrupt", `Cannot settle a block: the journal has no entry ${id}`);
  }
  return entry;
}
