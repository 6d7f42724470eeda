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

type Broadcast = BatchState & { readonly kind: "broadcast" };

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
   * For transactions of our wallet that are out: mined, dead, missed or seen again, or nothing new;
   * absent ones are sent once more.
   *
   * @param startHeight the height at which the wallet was asked for them, where it was.
   */
  async followSent(
    state: Broadcast,
    tip: ChainTip,
    startHeight = 0,
  ): Promise<BatchEvent | undefined> {
    const sightings = await this.#locate(state.transactions);
    const mined = allMined(sightings);
    if (mined !== undefined) return { kind: "mine", transactions: mined };
    if (await this.#allDead(sightings, tip, startHeight)) {
      return { kind: "expire", reason: "its transaction expired without being mined" };
    }
    await this.#sendAgain(sightings, tip);
    return missedOrSeen(state, sightings, tip);
  }

  /**
   * For what an external payer has reported, of which only our node knows more: mined, missed, seen
   * again, or in doubt. It is never given up: the payer may have sent another one.
   */
  async followReported(state: Broadcast, tip: ChainTip): Promise<BatchEvent | undefined> {
    const sightings = await this.#locate(state.transactions);
    const mined = allMined(sightings);
    if (mined !== undefined) return { kind: "mine", transactions: mined };
    return this.#expiryOf(state, sightings, tip) ?? missedOrSeen(state, sightings, tip);
  }

  /** The expiry that our node reports is learnt from its mempool, and noticed when it lies deep. */
  #expiryOf(
    { doubt }: Broadcast,
    sightings: readonly Sighting[],
    tip: ChainTip,
  ): BatchEvent | undefined {
    for (const { transaction: { txid, expiryHeight }, place } of sightings) {
      if (place.kind === "mempool" && (place.expiryHeight ?? expiryHeight) !== expiryHeight) {
        return { kind: "see", transactions: sightings.map(withExpiry) };
      }
      if (place.kind !== "absent" || !tip.synced || doubt?.kind === "expired") continue;
      if (expiryHeight === undefined || expiryHeight === 0) continue;
      if (tip.height > expiryHeight + this.#modules.settleDepth) {
        return { kind: "doubt", doubt: { kind: "expired", txid, expiryHeight } };
      }
    }
    return undefined;
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

/** Transactions that our node lacks, and for how long; a node that is catching up lacks them all. */
function missedOrSeen(
  { transactions, unseenFrom, doubt }: Broadcast,
  sightings: readonly Sighting[],
  tip: ChainTip,
): BatchEvent | undefined {
  const missed = sightings.find(({ place }) => place.kind === "absent");
  if (missed === undefined) {
    return unseenFrom === undefined ? undefined : { kind: "see", transactions };
  }
  if (!tip.synced) return undefined;
  if (unseenFrom === undefined) return { kind: "miss", height: tip.height };
  const isLong = doubt === undefined && tip.height >= unseenFrom + UNSEEN_REPORT_BLOCKS;
  const { txid } = missed.transaction;
  return isLong
    ? { kind: "doubt", doubt: { kind: "unseen", txid, fromHeight: unseenFrom } }
    : undefined;
}

function withExpiry({ transaction, place }: Sighting): SentTransaction {
  const known = place.kind === "mempool" ? place.expiryHeight : undefined;
  return known === undefined ? transaction : { ...transaction, expiryHeight: known };
}

/** Undefined while one of them is in no block. */
function allMined(sightings: readonly Sighting[]): MinedTransaction[] | undefined {
  const mined = sightings.map(minedForm).filter((transaction) => transaction !== undefined);
  return mined.length === sightings.length ? mined : undefined;
}

function minedForm({ transaction, place }: Sighting): MinedTransaction | undefined {
  if (place.kind !== "mined") return undefined;
  return { ...transaction, height: place.height, blockHash: place.blockHash };
}
