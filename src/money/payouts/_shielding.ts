import { type Clock, type Logger, Outage } from "../../base/mod.ts";
import type { PayoutStore } from "./payout_store.ts";
import type { ShieldingRow } from "./tables/payout_rows.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";
import type { BatchBook } from "./batch_book.ts";
import { hasPassed } from "./_elapsed.ts";
import { OPERATION_MS_MAX } from "./engine_options.ts";
import type { PayoutMetrics } from "./metrics.ts";
import type { ShieldingBacklog, ShieldOutcome, WalletPort } from "../wallet/mod.ts";

export interface ShieldingModules {
  readonly database: SqlDatabase;
  readonly store: PayoutStore;
  readonly book: BatchBook;
  readonly wallet: WalletPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: PayoutMetrics;
}

/**
 * Moves mature transparent coinbase outputs into the shielded pool, a bounded number at a time: only
 * from there can they be spent. Nobody is paid by it, so an unknown outcome costs nothing but time:
 * what was shielded cannot be shielded again. It never runs beside a payment.
 */
export class Shielding {
  readonly #modules: ShieldingModules;
  readonly #limit: number;
  readonly #outage: Outage;
  /** As of the last turn that asked. */
  backlog: ShieldingBacklog = { count: 0, valueZat: 0n };

  constructor(limit: number, modules: ShieldingModules) {
    this.#outage = new Outage(modules.logger, {
      level: "warn",
      event: "shielding_failing",
      begins: "shielding coinbase outputs fails",
      endEvent: "shielding_recovered",
      ends: "coinbase outputs are shielded again",
      patience: 1,
    });
    this.#limit = limit;
    this.#modules = modules;
  }

  /** One turn; called with a healthy wallet, and not while payments are paused. */
  async turn(token: number): Promise<void> {
    const { database, store, wallet, metrics } = this.#modules;
    const live = await database.read((tx) => store.shielding.live(tx, wallet.identity));
    if (live !== undefined) return await this.#follow(live, token);
    this.backlog = await wallet.backlog();
    metrics.shieldingBacklogZat.set(Number(this.backlog.valueZat));
    metrics.shieldingBacklogOutputs.set(this.backlog.count ?? 0);
    if (this.backlog.valueZat === 0n) return;
    const id = await this.#intend(token);
    if (id !== undefined) await this.#keep(id, await wallet.shieldCoinbase(this.#limit), token);
  }

  async #intend(token: number): Promise<number | undefined> {
    const { database, store, book, wallet, clock } = this.#modules;
    return await database.transaction(async (tx) => {
      await book.prove(tx, { kind: "payer", token });
      if (await store.batches.walletOccupied(tx, wallet.identity)) return undefined;
      const atMs = clock.now();
      return await store.shielding.insert(tx, { wallet: wallet.identity, token, atMs });
    });
  }

  async #keep(id: number, outcome: ShieldOutcome, token: number): Promise<void> {
    switch (outcome.kind) {
      case "started": {
        const { opid, valueZat, remainingCount } = outcome;
        const detail = `${remainingCount} outputs remain`;
        await this.#save(id, token, { state: "started", isFinal: false, opid, valueZat, detail });
        return;
      }
      case "nothing":
        return await this.#end(id, token, "done", 0n, "nothing to shield");
      case "refused":
        return await this.#end(id, token, "failed", 0n, outcome.reason);
      case "unknown":
        await this.#save(id, token, {
          state: "unknown",
          isFinal: false,
          valueZat: 0n,
          detail: outcome.reason,
        });
    }
  }

  async #follow(live: ShieldingRow, token: number): Promise<void> {
    const { wallet, clock } = this.#modules;
    const { id, opid, valueZat, atMs } = live;
    if (opid !== undefined) {
      const status = await wallet.operation(opid);
      if (status.kind === "sent") return await this.#end(id, token, "done", valueZat, "");
      if (status.kind === "refused" || status.kind === "failed") {
        return await this.#end(id, token, "failed", 0n, status.reason);
      }
    }
    if (hasPassed(clock.now(), { sinceMs: atMs, ms: OPERATION_MS_MAX })) {
      await this.#end(id, token, "unknown", valueZat, "it was given up waiting for the outcome");
    }
  }

  async #end(
    id: number,
    token: number,
    state: string,
    valueZat: bigint,
    detail: string,
  ): Promise<void> {
    await this.#save(id, token, { state, isFinal: true, valueZat, detail });
    if (state !== "done") return this.#outage.failed(detail);
    this.#outage.succeeded();
    if (valueZat === 0n) return;
    this.#modules.logger.log("info", "shielding", "coinbase outputs were shielded", {
      zatoshis: valueZat,
    });
  }

  async #save(
    id: number,
    token: number,
    next: Parameters<PayoutStore["shielding"]["update"]>[2],
  ): Promise<void> {
    const { database, store, book } = this.#modules;
    await database.transaction(async (tx) => {
      await book.prove(tx, { kind: "payer", token });
      await store.shielding.update(tx, id, next);
    });
  }
}
