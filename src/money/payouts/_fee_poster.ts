import type { PayoutBatchRow } from "./tables/payout_rows.ts";
import type { PayoutStore } from "./payout_store.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";
import { type Batch, transactionsOf } from "./batch.ts";
import type { BatchBook } from "./batch_book.ts";
import type { PayoutMetrics } from "./metrics.ts";
import type { WalletPort } from "../wallet/mod.ts";

/** Batches whose fee is asked for in one turn. */
const BATCHES_MAX = 20;

export interface FeePosterModules {
  readonly book: BatchBook;
  readonly database: SqlDatabase;
  readonly store: PayoutStore;
  readonly wallet: WalletPort | undefined;
  readonly metrics: PayoutMetrics;
}

/** Books what the chain took for payments; what the wallet sent by itself is asked for afterwards. */
export class FeePoster {
  readonly #modules: FeePosterModules;

  constructor(modules: FeePosterModules) {
    this.#modules = modules;
  }

  /** Settled batches whose fee is not booked yet, oldest first. */
  async due(): Promise<PayoutBatchRow[]> {
    const { database, store } = this.#modules;
    return await database.read((tx) => store.batches.withoutFee(tx, BATCHES_MAX));
  }

  /** Books the fee of a batch, unless nobody knows it now. */
  async post(
    row: PayoutBatchRow,
    { token, askWallet }: { readonly token: number; readonly askWallet: boolean },
  ): Promise<void> {
    const { book, metrics } = this.#modules;
    const batch = await book.find(row.id);
    const feeZat = batch && await this.#feeOf(batch, askWallet);
    if (feeZat === undefined) return;
    await book.postFee(row, feeZat, { kind: "payer", token });
    metrics.networkFeeZat.increment(Number(feeZat));
  }

  async #feeOf(batch: Batch, askWallet: boolean): Promise<bigint | undefined> {
    let sum = 0n;
    for (const { txid, feeZat } of transactionsOf(batch.state)) {
      const known = feeZat ??
        (askWallet ? (await this.#modules.wallet?.transaction(txid))?.feeZat : undefined);
      if (known === undefined) return undefined;
      sum += known;
    }
    return sum;
  }
}
