import { Accounts, AddressVerdicts, MinerDirectory } from "../../money/accounts/mod.ts";
import { ChainFollower } from "../../chain/chain_follower/mod.ts";
import type { MinerIdentity } from "../../mining/channels/mod.ts";
import type { Config } from "../config/mod.ts";
import { AccountStore } from "../../money/accounts/mod.ts";
import { orphanRateOf } from "./fee_warning.ts";
import { LedgerDesk } from "./ledger_desk.ts";
import { type MoneyWarning, moneyWarnings } from "./money_warnings.ts";
import { onPoolNetwork } from "./network_check.ts";
import { poolNetwork } from "./options.ts";
import type { TreasuryModules } from "./treasury_modules.ts";

/** A proof's replay is refused as stale long before its parent is so deep. */
const PROOFS_KEPT_BLOCKS = 100;

/** Everything of a running pool that has to do with money and with whom it belongs to. */
export class Treasury {
  readonly #config: Config;
  readonly #modules: TreasuryModules;
  readonly #directory: MinerDirectory;
  readonly #follower: ChainFollower;
  readonly #desk: LedgerDesk;
  #warnings: readonly MoneyWarning[];

  private constructor(config: Config, modules: TreasuryModules, desk: LedgerDesk) {
    const { nodes, clock, logger } = modules;
    this.#config = config;
    this.#modules = modules;
    this.#desk = desk;
    this.#warnings = moneyWarnings(config);
    this.#directory = new MinerDirectory(poolNetwork(config), {
      accounts: desk.accounts,
      verdicts: new AddressVerdicts({}, { nodes, clock, logger }),
      clock,
      logger,
    });
    this.#follower = new ChainFollower({ maturity: config.payout.coinbaseMaturity }, {
      nodes: nodes.map((node) => onPoolNetwork(node, config)),
      ledger: desk.blocks,
      clock,
      logger,
      metrics: modules.metrics.follower,
    });
  }

  /**
   * Opens everything; no money moves before {@link run}.
   *
   * @throws {PayoutError} `mode` while money is reserved for another wallet; {StorageError}.
   */
  static async open(config: Config, modules: TreasuryModules): Promise<Treasury> {
    const { database } = modules.records;
    const accounts = new Accounts(poolNetwork(config), {
      store: new AccountStore(database),
      clock: modules.clock,
    });
    const desk = await LedgerDesk.open(config, { ...modules, database, accounts });
    const treasury = new Treasury(config, modules, desk);
    const rate = await orphanRateOf(modules.records.store);
    treasury.#warnings = moneyWarnings(config, rate);
    return treasury;
  }

  /** What the operator has to know, as of the start. */
  get warnings(): readonly MoneyWarning[] {
    return this.#warnings;
  }

  /** The ledger of the running pool. */
  get desk(): LedgerDesk {
    return this.#desk;
  }

  /** Reads a user_identity, within a bounded time; rejects with IdentityError. */
  identify(userIdentity: string): Promise<MinerIdentity> {
    return this.#directory.identify(userIdentity);
  }

  /**
   * Begins to look after money.
   *
   * @param limit stops paid work at the cap, and lets it go on.
   */
  async run(limit: (atCap: boolean) => void): Promise<void> {
    await this.#desk.run(limit);
  }

  /** There is work on a new parent. @param height of the block that is worked on. */
  parentChanged(height: number): void {
    this.#follower.tipChanged();
    this.#modules.writer.forgetProofs(Math.max(0, height - PROOFS_KEPT_BLOCKS));
    void this.#judgeFee();
  }

  /** Waits for what is under way and begins nothing more. */
  async close(): Promise<void> {
    await this.#follower.close();
    await this.#desk.close();
  }

  /** The pool's own rate of lost blocks changes with each block; the warning follows it. */
  async #judgeFee(): Promise<void> {
    try {
      this.#warnings = moneyWarnings(
        this.#config,
        await orphanRateOf(this.#modules.records.store),
      );
    } catch {
      // Whoever writes records reports that they are away; the last warnings stay.
    }
  }
}
