import type { Clock, Logger } from "../../base/mod.ts";
import { type Batch, transactionsOf } from "./batch.ts";
import type { BatchBook } from "./batch_book.ts";
import type { SentTransaction } from "../wallet/mod.ts";
import type { ChainPort, ChainTip } from "./chain_port.ts";
import type { PayoutMetrics } from "./metrics.ts";

/** How long payments that are final are still watched: 144 blocks. */
const WATCH_MS = 3_600_000;
/** Batches checked after a block; the newest. */
const BATCHES_MAX = 50;

export interface SettledWatchModules {
  readonly book: BatchBook;
  readonly chain: ChainPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: PayoutMetrics;
  /** Pauses payments until an operator resumes them. */
  readonly alarm: (reason: string) => Promise<void>;
}

/**
 * Notices a payment that was final and is on the best chain no more: a reorganisation deeper than
 * the settle depth. The books stay as they are, because the transaction can be mined again and
 * paying once more could pay twice; the same bytes are sent again, payments pause, and an operator
 * decides.
 */
export class SettledWatch {
  readonly #modules: SettledWatchModules;
  #undone = new Map<string, Batch>();
  #lastTip = "";

  constructor(modules: SettledWatchModules) {
    this.#modules = modules;
  }

  /** Checks once after each new block; a node that is catching up proves nothing. */
  async check(tip: ChainTip): Promise<void> {
    if (!tip.synced || tip.hash === this.#lastTip) return;
    const { book, clock, metrics } = this.#modules;
    const recent = await book.settledSince(clock.now() - WATCH_MS, BATCHES_MAX);
    const watched = new Map([
      ...this.#undone,
      ...recent.map((batch) => [batch.row.id, batch] as const),
    ]);
    const undone = new Map<string, Batch>();
    for (const [id, batch] of watched) {
      if (await this.#isUndone(batch, tip)) undone.set(id, batch);
    }
    const [before, now] = [this.#undone, undone];
    this.#undone = undone;
    this.#lastTip = tip.hash;
    metrics.undone.set(undone.size);
    await this.#report(before, now);
  }

  async #isUndone({ state }: Batch, tip: ChainTip): Promise<boolean> {
    const { chain } = this.#modules;
    let undone = false;
    for (const transaction of transactionsOf(state)) {
      const place = await chain.transaction(transaction.txid);
      if (place.kind === "mined") continue;
      undone = true;
      if (place.kind === "absent" && canBeMined(transaction, tip)) {
        await chain.broadcast(transaction.hex);
      }
    }
    return undone;
  }

  async #report(
    before: ReadonlyMap<string, Batch>,
    now: ReadonlyMap<string, Batch>,
  ): Promise<void> {
    const { logger, alarm } = this.#modules;
    for (const id of before.keys()) {
      if (now.has(id)) continue;
      logger.log("info", "payout_settled_back", "a payment that was undone is mined again", {
        batch: id,
      });
    }
    const fresh = [...now.keys()].filter((id) => !before.has(id));
    if (fresh.length === 0) return;
    await alarm(
      `batch ${fresh.join(", ")} was final, and its transaction is not on the best chain any more`,
    );
  }
}

/** True for bytes that we have and that are not past their expiry height. */
function canBeMined(
  transaction: SentTransaction,
  { height }: ChainTip,
): transaction is SentTransaction & { readonly hex: string } {
  const { hex, expiryHeight = 0 } = transaction;
  return hex !== undefined && (expiryHeight === 0 || height < expiryHeight);
}
