/**
 * What the chain says of a batch's transactions.
 *
 * @module
 */
import type { BatchEvent, BatchState, MinedTransaction } from "./batch_state.ts";
import type { SentTransaction, WalletPort } from "../wallet/mod.ts";
import type { ChainPort, ChainTip, ChainTransaction } from "./chain_port.ts";
import { UNSEEN_REPORT_BLOCKS } from "./engine_options.ts";

export interface TransactionWatchModules {
  readonly chain: ChainPort;
  /** Knows the expiry heights of transactions that it made itself. */
  readonly wallet: WalletPort | undefined;
  readonly settleDepth: number;
}

/** A transaction and where it is. */
interface Sighting {
  readonly transaction: SentTransaction;
  readonly place: ChainTransaction;
}

/** Asks our own node; a node that cannot be asked is a `RpcError`, which decides nothing. */
export class TransactionWatch {
  readonly #modules: TransactionWatchModules;

  constructor(modules: TransactionWatchModules) {
    this.#modules = modules;
  }

  /** True when the chain or the mempool has one of them. */
  async anySeen(transactions: readonly SentTransaction[]): Promise<boolean> {
    const sightings = await this.#locate(transactions);
    return sightings.some(({ place }) => place.kind !== "absent");
  }

  /**
   * For transactions that are out: mined, dead, or neither; absent ones are sent once more.
   *
   * @param startHeight the height at which the wallet was asked for them, where one was.
   */
  async followSent(
    transactions: readonly SentTransaction[],
    tip: ChainTip,
    startHeight = 0,
  ): Promise<BatchEvent | undefined> {
    const sightings = await this.#locate(transactions);
    const mined = sightings.map(minedForm).filter((transaction) => transaction !== undefined);
    if (mined.length === transactions.length) return { kind: "mine", transactions: mined };
    if (await this.#allDead(sightings, tip, startHeight)) {
      return { kind: "expire", reason: "its transaction expired without being mined" };
    }
    await this.#sendAgain(sightings, tip);
    return undefined;
  }

  /**
   * For what an external payer has reported, of which only our node knows more: mined, missed, seen
   * again, or in doubt. It is never given up: the payer may have sent another one.
   */
  async followReported(
    { transactions, unseenFrom, doubt }: BatchState & { kind: "broadcast" },
    tip: ChainTip,
  ): Promise<BatchEvent | undefined> {
    const sightings = await this.#locate(transactions);
    const mined = sightings.map(minedForm).filter((transaction) => transaction !== undefined);
    if (mined.length === transactions.length) return { kind: "mine", transactions: mined };
    const lost = sightings.find(({ place }) => place.kind === "absent");
    if (lost === undefined) return newlySeen(sightings, unseenFrom !== undefined);
    // A node that is catching up misses everything.
    if (!tip.synced) return undefined;
    const { txid, expiryHeight = 0 } = lost.transaction;
    if (expiryHeight !== 0 && tip.height > expiryHeight + this.#modules.settleDepth) {
      return doubt?.kind === "expired"
        ? undefined
        : { kind: "doubt", doubt: { kind: "expired", txid, expiryHeight } };
    }
    if (unseenFrom === undefined) return { kind: "miss", height: tip.height };
    return doubt === undefined && tip.height >= unseenFrom + UNSEEN_REPORT_BLOCKS
      ? { kind: "doubt", doubt: { kind: "unseen", txid, fromHeight: unseenFrom } }
      : undefined;
  }

  /** For transactions that nobody should have seen: dead, or not yet. */
  async followUnsent(
    transactions: readonly SentTransaction[],
    tip: ChainTip,
    startHeight = 0,
  ): Promise<BatchEvent | undefined> {
    const sightings = await this.#locate(transactions);
    if (sightings.some(({ place }) => place.kind !== "absent")) {
      return { kind: "send", transactions };
    }
    return await this.#allDead(sightings, tip, startHeight)
      ? { kind: "expire", reason: "its transaction expired without being mined" }
      : undefined;
  }

  /** For mined transactions: deep enough, out again, or neither. */
  async followMined(
    transactions: readonly MinedTransaction[],
    tip: ChainTip,
  ): Promise<BatchEvent | undefined> {
    const { settleDepth } = this.#modules;
    let shallow = false;
    for (const { transaction, place } of await this.#locate(transactions)) {
      const before = transaction as MinedTransaction;
      if (place.kind !== "mined" || place.blockHash !== before.blockHash) return { kind: "unmine" };
      if (tip.height - place.height + 1 < settleDepth) shallow = true;
    }
    return shallow ? undefined : { kind: "settle" };
  }

  async #locate(transactions: readonly SentTransaction[]): Promise<Sighting[]> {
    const sightings: Sighting[] = [];
    for (const transaction of transactions) {
      const place = await this.#modules.chain.transaction(transaction.txid);
      sightings.push({ transaction, place });
    }
    return sightings;
  }

  /**
   * True when none of them can be mined any more: not in the best chain, not in the mempool, and the
   * expiry height so deep that no reorganisation reaches below it. A node that is catching up proves
   * nothing, nor does a transaction whose expiry nobody knows.
   */
  async #allDead(
    sightings: readonly Sighting[],
    tip: ChainTip,
    startHeight: number,
  ): Promise<boolean> {
    if (!tip.synced) return false;
    for (const { transaction, place } of sightings) {
      if (place.kind !== "absent") return false;
      const expiryHeight = transaction.expiryHeight ?? await this.#askExpiry(transaction.txid);
      if (expiryHeight === undefined || expiryHeight === 0) return false;
      // The bytes prove when they expire; a wallet's word for less life than none proves nothing.
      if (transaction.hex === undefined && expiryHeight <= startHeight) return false;
      if (tip.height <= expiryHeight + this.#modules.settleDepth) return false;
    }
    return true;
  }

  async #askExpiry(txid: string): Promise<number | undefined> {
    return (await this.#modules.wallet?.transaction(txid))?.expiryHeight;
  }

  /** The same bytes can be sent any number of times. */
  async #sendAgain(sightings: readonly Sighting[], tip: ChainTip): Promise<void> {
    for (const { transaction: { hex, expiryHeight }, place } of sightings) {
      if (place.kind !== "absent" || hex === undefined) continue;
      if (expiryHeight !== undefined && expiryHeight !== 0 && tip.height >= expiryHeight) continue;
      await this.#modules.chain.broadcast(hex);
    }
  }
}

/** What the mempool adds to what is known of them; undefined for nothing. */
function newlySeen(sightings: readonly Sighting[], wasMissed: boolean): BatchEvent | undefined {
  const transactions = sightings.map(({ transaction, place }) => {
    const reported = place.kind === "mempool" ? place.expiryHeight : undefined;
    const { expiryHeight = reported } = transaction;
    return expiryHeight === undefined ? transaction : { ...transaction, expiryHeight };
  });
  const isNew = transactions.some(({ expiryHeight }, at) =>
    expiryHeight !== sightings[at]?.transaction.expiryHeight
  );
  return wasMissed || isNew ? { kind: "see", transactions } : undefined;
}

function minedForm({ transaction, place }: Sighting): MinedTransaction | undefined {
  if (place.kind !== "mined") return undefined;
  return { ...transaction, height: place.height, blockHash: place.blockHash };
}
