import { type Logger, reasonOf } from "../../base/mod.ts";
import type { HttpServer } from "../../platform/http/mod.ts";
import {
  adoptMode,
  type PayoutEngine,
  type PayoutMode,
  type PayoutStatus,
} from "../payouts/mod.ts";
import {
  EXTERNAL_WALLET,
  type SettlementApiOptions,
  type SettlementHandler,
  startSettlementApi,
} from "../settlement/mod.ts";
import { openHeight } from "../books/mod.ts";
import type { SqlSession } from "../../platform/database/mod.ts";
import type { Books } from "./books.ts";

/** What the operator decided about who pays, and when. */
export interface PaymentsOptions {
  readonly mode: PayoutMode;
  /** Until an operator resumes them, payments begin nothing. */
  readonly startPaused: boolean;
  /** Where an external payer settles. */
  readonly settlement: SettlementApiOptions;
}

/** Who pays by the configured mode, in the process that serves the miners: a wallet, others, nobody. */
export class Payments {
  readonly #logger: Logger;
  readonly #engine: PayoutEngine | undefined;
  readonly #settlement: SettlementHandler | undefined;
  readonly #api: HttpServer | undefined;
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;
  #looking: Promise<void> | undefined;

  private constructor(
    parts: {
      readonly engine: PayoutEngine | undefined;
      readonly settlement: SettlementHandler | undefined;
      readonly api: HttpServer | undefined;
      readonly logger: Logger;
    },
  ) {
    this.#engine = parts.engine;
    this.#settlement = parts.settlement;
    this.#api = parts.api;
    this.#logger = parts.logger;
  }

  /**
   * Makes the configured mode the one that holds; nothing is paid before {@link run}.
   *
   * @throws {PayoutError} `mode` while money is reserved for another wallet or mode.
   */
  static async open(
    { mode, startPaused, settlement: address }: PaymentsOptions,
    { books, logger }: { readonly books: Books; readonly logger: Logger },
  ): Promise<Payments> {
    const { database, payouts: store, wallet } = books;
    const names = {
      none: "",
      coinbase: "",
      zallet: wallet?.identity ?? "",
      external: EXTERNAL_WALLET,
    };
    const openCoinbases = async (tx: SqlSession) => await openHeight(tx) !== undefined;
    await adoptMode({ database, store, openCoinbases }, { mode, wallet: names[mode] });
    if (startPaused) {
      await books.paymentOperator()
        .pause({ actor: "configuration", reason: "payout.start_paused is set" });
    }
    const isEngine = mode === "zallet" || mode === "external";
    const engine = isEngine ? books.paymentEngine() : undefined;
    const settlement = mode === "external" ? books.settlementHandler() : undefined;
    const api = settlement &&
      startSettlementApi(address, { handler: settlement, logger });
    return new Payments({ engine, settlement, api, logger });
  }

  /** Where an external payer finds its interface. */
  get settlementAddress(): { readonly hostname: string; readonly port: number } | undefined {
    return this.#api;
  }

  /** What the last turn saw; undefined in the modes `none` and `coinbase`. */
  get status(): PayoutStatus | undefined {
    const status = this.#engine?.status;
    if (status === undefined || this.#settlement === undefined) return status;
    return { ...status, heldBack: this.#settlement.heldBack };
  }

  /** Begins to pay. */
  run(): void {
    this.#running ??= this.#engine?.run(this.#ending.signal)
      .catch((error) => this.#logger.log("error", "payouts_ended", reasonOf(error)));
    // A payer may settle once a day: until then nobody would know who is left out.
    this.#looking ??= this.#settlement?.refreshHeldBack()
      .catch((error) => this.#logger.log("warn", "payouts_not_seen", reasonOf(error)));
  }

  /** Begins the next turn now: what payments wait for may be there. */
  wake(): void {
    this.#engine?.wake();
  }

  /** Ends the turn that is under way, and begins no other. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#api?.close();
    await this.#looking;
    await this.#running;
  }
}
