import { type Logger, reasonOf } from "../../base/mod.ts";
import type { HttpServer } from "../../platform/http/mod.ts";
import { type Config, formatSocketAddress } from "../config/mod.ts";
import {
  adoptMode,
  PayoutEngine,
  PayoutOperator,
  type PayoutStatus,
} from "../../money/payouts/mod.ts";
import {
  EXTERNAL_WALLET,
  SettlementHandler,
  startSettlementApi,
} from "../../money/settlement/mod.ts";
import { type PaymentModules, type PaymentParts, paymentParts } from "./payment_parts.ts";

/** Paying miners, in the process that serves them. */
export class Payments {
  readonly #parts: PaymentParts;
  readonly #logger: Logger;
  readonly #engine: PayoutEngine | undefined;
  readonly #desk: SettlementHandler | undefined;
  readonly #api: HttpServer | undefined;
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;
  #looking: Promise<void> | undefined;

  private constructor(
    parts: PaymentParts,
    parties: {
      readonly engine: PayoutEngine | undefined;
      readonly desk: SettlementHandler | undefined;
      readonly api: HttpServer | undefined;
      readonly logger: Logger;
    },
  ) {
    this.#parts = parts;
    this.#engine = parties.engine;
    this.#desk = parties.desk;
    this.#api = parties.api;
    this.#logger = parties.logger;
  }

  /**
   * Makes the configured mode the one that holds; nothing is paid before {@link run}.
   *
   * @throws {PayoutError} `mode` while money is reserved for another wallet or mode.
   */
  static async open(config: Config, modules: PaymentModules): Promise<Payments> {
    const parts = paymentParts(config, modules);
    const { database, logger } = modules;
    const { store, wallet } = parts.modules;
    const mode = config.payout.wallet === "coinbase" ? "none" : config.payout.wallet;
    const name = mode === "zallet"
      ? wallet?.identity ?? ""
      : mode === "external"
      ? EXTERNAL_WALLET
      : "";
    await adoptMode({ database, store }, { mode, wallet: name });
    if (config.payout.startPaused) {
      await new PayoutOperator(parts.options, parts.modules)
        .pause({ actor: "configuration", reason: "payout.start_paused is set" });
    }
    const engine = mode === "none" ? undefined : new PayoutEngine(parts.options, parts.modules);
    const desk = mode === "external" ? settlementHandler(config, modules) : undefined;
    const api = desk && openApi(config, desk, logger);
    return new Payments(parts, { engine, desk, api, logger });
  }

  /** Where an external payer finds its interface. */
  get settlementUrl(): string | undefined {
    return this.#api && `http://${formatSocketAddress(this.#api)}`;
  }

  /** What the last turn saw; undefined in the mode `none`. */
  get status(): PayoutStatus | undefined {
    const status = this.#engine?.status;
    if (status === undefined || this.#desk === undefined) return status;
    return { ...status, heldBack: this.#desk.heldBack };
  }

  /** What the wallet can spend for miners; undefined where it does not say. */
  async spendableZat(): Promise<bigint | undefined> {
    const { wallet } = this.#parts.modules;
    if (wallet === undefined) return undefined;
    const { sapling, orchard, ironwood } = await wallet.spendable();
    return sapling + orchard + ironwood;
  }

  /** Begins to pay. */
  run(): void {
    this.#running ??= this.#engine?.run(this.#ending.signal)
      .catch((error) => this.#logger.log("error", "payouts_failed", reasonOf(error)));
    // A payer may settle once a day: until then nobody would know who is left out.
    this.#looking ??= this.#desk?.refreshHeldBack()
      .catch((error) => this.#logger.log("warn", "payouts_not_seen", reasonOf(error)));
  }

  /** Nothing is sent until a person resumes it; stays in the audit trail. */
  async pause(reason: string): Promise<void> {
    await new PayoutOperator(this.#parts.options, this.#parts.modules)
      .pause({ actor: "pool", reason });
  }

  /** Ends the turn that is under way, and begins no other. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#api?.close();
    await this.#looking;
    await this.#running;
  }
}

/** With a chain of its own: the engine's must not change its node in the middle of a turn. */
function settlementHandler(config: Config, modules: PaymentModules): SettlementHandler {
  const parts = paymentParts(config, modules);
  return new SettlementHandler(
    { network: parts.options.network, minPayoutZat: config.payout.minPayoutZat },
    parts.modules,
  );
}

function openApi(
  config: Config,
  desk: SettlementHandler,
  logger: Logger,
): HttpServer {
  const { listenAddr, token } = config.settlement;
  const { hostname, port } = listenAddr;
  const api = startSettlementApi(
    { hostname, port, token: token?.reveal() ?? "" },
    { handler: desk, logger },
  );
  logger.log(
    "info",
    "settlement_api",
    `an external payer settles at http://${formatSocketAddress(api)}`,
  );
  return api;
}
