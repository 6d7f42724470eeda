import { type Clock, displayHash, type Logger } from "../../base/mod.ts";
import type { BlockLedger } from "../../chain/chain_follower/mod.ts";
import { parseAddress, type TransparentOutput } from "../../chain/zcash/mod.ts";
import { coinbaseAddressOf } from "../accounts/mod.ts";
import {
  type BlockSettler,
  type ChainBlock,
  forgetSplits,
  isSettled,
  type NewSplit,
  openHeight,
  type OwnBlock,
  ownBlocks,
  planSplit,
  type SplitPlan,
  writeSplit,
} from "../books/mod.ts";
import {
  type CoinbaseLimits,
  type CoinbasePayment,
  type CoinbaseRoom,
  JournalError,
} from "../ledger/mod.ts";
import { type SqlSession, StorageError } from "../../platform/database/mod.ts";
import { UNKNOWN_FINDER } from "../records/mod.ts";
import type { Books } from "./books.ts";

/** What the operator decided about payments by coinbases. */
export interface CoinbasePaymentsOptions {
  readonly minPayoutZat: bigint;
  /** Outputs to miners in one coinbase. */
  readonly payeesMax: number;
}

/** What coinbases are divided with. */
export interface CoinbasePaymentsModules {
  readonly books: Pick<Books, "database" | "store" | "shares" | "payouts">;
  readonly settler: BlockSettler;
  /** The same steps of found blocks as the follower takes, with the shares written before. */
  readonly blocks: BlockLedger;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a job may pay, read at one moment. */
export interface CoinbasePlan {
  /** The payments of a value, and their outputs in the same order. */
  divide(value: Pick<CoinbaseLimits, "valueZat" | "room">): {
    readonly payments: readonly CoinbasePayment[];
    readonly outputs: readonly TransparentOutput[];
  };
  /** What of a split follows from the plan. */
  readonly terms: Pick<SplitPlan, "epoch" | "throughShare" | "beside">;
}

/** A job that is about to leave. */
export type PromisedJob = Omit<NewSplit, "epoch" | "throughShare" | "beside">;

/** Outputs that are remembered: as many as a large pool has miners, twice. */
const OUTPUTS_REMEMBERED_MAX = 20_000;

/** Nodes follow reorganisations of at most 1,000 blocks: a job on a lower block is of no use. */
const SPLITS_KEPT_BLOCKS = 1_000;

/** Bytes of an amount and of the length of a script below 253 bytes. */
const OUTPUT_FRAME = 9;

/** One for what pays to a key; a script's hash is charged nothing. */
const SIGOPS = { p2pkh: 1, p2sh: 0 } as const;

interface PayeeOutput extends CoinbaseRoom {
  readonly script: Uint8Array;
}

/** Pays miners in the coinbases of blocks: what jobs may pay, and which blocks have paid. */
export class CoinbasePayments {
  readonly #options: CoinbasePaymentsOptions;
  readonly #modules: CoinbasePaymentsModules;
  readonly #outputs = new Map<string, PayeeOutput | undefined>();

  constructor(options: CoinbasePaymentsOptions, modules: CoinbasePaymentsModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** The height from which on the chain has to be looked up; undefined when nothing was promised. */
  openHeight(): Promise<number | undefined> {
    return this.#modules.books.database.read(openHeight);
  }

  /**
   * Settles every block of a chain that is the pool's own and pays miners: known by its coinbase, also
   * when the process that found it is dead and has written nothing.
   *
   * @param chain from {@link openHeight} up to the parent of the job, in any order.
   * @throws {StorageError} `busy` while one cannot be settled.
   */
  async settle(chain: readonly ChainBlock[]): Promise<void> {
    const { database } = this.#modules.books;
    const own = await database.read((tx) => ownBlocks(tx, chain));
    own.sort((a, b) => a.height - b.height);
    for (const block of own) if (!block.isSettled) await this.#settled(block);
  }

  async #settled(block: OwnBlock): Promise<void> {
    try {
      await this.#settleOne(block);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      // A node that is far behind, or a loss deeper than maturity: no job on that chain pays debts.
      throw new StorageError(
        "busy",
        `Cannot settle block ${block.height}: a mature block of another branch has paid its debts`,
        { cause: error },
      );
    }
  }

  /**
   * Reads what a job with this network target may pay: nobody while payments are paused, and none who
   * is on hold.
   *
   * @throws {StorageError}
   */
  async plan(networkTarget: bigint): Promise<CoinbasePlan> {
    const { books, settler } = this.#modules;
    const { database, shares: reader } = books;
    const { minPayoutZat, payeesMax } = this.#options;
    const { paused, held } = await database.read((tx) => this.#restraint(tx));
    const outputOf = (minerId: string) =>
      paused || held.has(minerId) ? undefined : this.#outputOf(minerId);
    const { divide, ...terms } = await planSplit({ networkTarget, minPayoutZat, outputOf }, {
      ...{ database, reader, settler },
    });
    return {
      terms,
      divide: (value) => {
        const payments = divide({ ...value, payeesMax });
        const outputs = payments.map(({ minerId, debtZat, partZat }) => ({
          valueZat: debtZat + partZat,
          script: this.#outputOf(minerId)?.script ?? new Uint8Array(0),
        }));
        return { payments, outputs };
      },
    };
  }

  /**
   * Writes what a job pays; it may leave when that is done.
   *
   * @param chain as for {@link settle}: looked at once more, in the transaction that writes.
   * @throws {StorageError} `busy` when the ledger, or what the operator wants, has changed meanwhile.
   */
  async promise(
    job: PromisedJob,
    { terms }: Pick<CoinbasePlan, "terms">,
    chain: readonly ChainBlock[],
  ): Promise<void> {
    await this.#modules.books.database.transaction(async (tx) => {
      const { paused, held } = await this.#restraint(tx);
      const mayPay = !paused && job.payments.every(({ minerId }) => !held.has(minerId));
      if (!mayPay || !await isSettled(tx, chain)) {
        throw new StorageError("busy", "Cannot divide a coinbase: the ledger has moved meanwhile");
      }
      await writeSplit(tx, { ...job, ...terms });
    });
  }

  /** Changes when payments are paused or resumed, or somebody is put on hold or released. */
  async restraint(): Promise<string> {
    const { paused, held } = await this.#modules.books.database.read((tx) => this.#restraint(tx));
    return `${paused} ${[...held].sort().join(" ")}`;
  }

  /** Removes some of the splits that no block can have any more. @param height of the tip. */
  async forget(height: number): Promise<void> {
    const below = height - SPLITS_KEPT_BLOCKS;
    if (below <= 0) return;
    await this.#modules.books.database.transaction((tx) => forgetSplits(tx, below));
  }

  async #settleOne(block: OwnBlock): Promise<void> {
    const { blocks } = this.#modules;
    if (block.state === undefined) await this.#adopt(block);
    switch (block.state) {
      case "immature":
        return await blocks.hold(block.hash);
      case "orphaned":
        return await blocks.giveBack(block.hash);
      default:
        return await blocks.credit(block.hash);
    }
  }

  /** The chain has it: the pool's block, whoever found it and whether or not that is ever written. */
  async #adopt({ hash, height, coinbaseTxid, previousBlockHash, valueZat }: OwnBlock) {
    const { books, clock, logger } = this.#modules;
    await books.store.recordBlock({
      ...{ hash, height, coinbaseTxid, valueZat },
      previousBlockHash: previousBlockHash ?? new Uint8Array(32),
      minerId: UNKNOWN_FINDER,
      workerName: "",
      foundAtMs: clock.now(),
      state: "submitted",
      feesZat: 0n,
    });
    logger.log(
      "info",
      "block_recognised",
      `block ${height} of the best chain is the pool's by its coinbase; its finder has not written it`,
      { height, hash: displayHash(hash) },
    );
  }

  async #restraint(tx: SqlSession): Promise<{ paused: boolean; held: ReadonlySet<string> }> {
    const { payouts } = this.#modules.books;
    const { paused } = await payouts.control.read(tx);
    const held = await payouts.holds.all(tx);
    return { paused, held: new Set(held.map(({ minerId }) => minerId)) };
  }

  #outputOf(minerId: string): PayeeOutput | undefined {
    if (this.#outputs.has(minerId)) return this.#outputs.get(minerId);
    if (this.#outputs.size >= OUTPUTS_REMEMBERED_MAX) this.#outputs.clear();
    const output = outputTo(coinbaseAddressOf(minerId));
    this.#outputs.set(minerId, output);
    return output;
  }
}

function outputTo(address: string | undefined): PayeeOutput | undefined {
  if (address === undefined) return undefined;
  const { kind, scriptPubKey: script } = parseAddress(address);
  if (script === undefined) return undefined;
  const sigops = kind === "p2pkh" ? SIGOPS.p2pkh : SIGOPS.p2sh;
  return { script, bytes: OUTPUT_FRAME + script.length, sigops };
}
