import { Accounts, AddressVerdicts, MinerDirectory } from "../accounts/mod.ts";
import type { Clock, Logger } from "../base/mod.ts";
import { ChainFollower, type ChainFollowerMetrics } from "../chain_follower/mod.ts";
import type { MinerIdentity } from "../channels/mod.ts";
import type { Config } from "../config/mod.ts";
import { AccountStore, type Records, type RecordWriter } from "../storage/mod.ts";
import type { NodeClient } from "../template_provider/mod.ts";
import { orphanRateOf } from "./fee_warning.ts";
import { type MoneyWarning, moneyWarnings } from "./money_warnings.ts";
import { poolNetwork } from "./options.ts";
import { RecordedBlocks } from "./recorded_blocks.ts";

/** What the treasury works with. */
export interface TreasuryModules {
  readonly records: Records;
  readonly writer: RecordWriter;
  readonly nodes: readonly NodeClient[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: { readonly follower: ChainFollowerMetrics };
}

/** A proof's replay is refused as stale long before its parent is so deep. */
const PROOFS_KEPT_BLOCKS = 100;

/** Everything of a running pool that has to do with money and with whom it belongs to. */
export class Treasury {
  readonly #directory: MinerDirectory;
  readonly #follower: ChainFollower;
  readonly #writer: RecordWriter;
  readonly #config: Config;
  readonly #modules: TreasuryModules;
  #warnings: readonly MoneyWarning[];

  constructor(config: Config, modules: TreasuryModules) {
    const { records, nodes, clock, logger } = modules;
    const network = poolNetwork(config);
    this.#writer = modules.writer;
    this.#config = config;
    this.#modules = modules;
    this.#warnings = moneyWarnings(config);
    this.#directory = new MinerDirectory(network, {
      // Accounts lie in the database: where there is none, nobody has one.
      accounts: records.database === undefined
        ? { hasAccount: () => Promise.resolve(false) }
        : new Accounts(network, { store: new AccountStore(records.database), clock }),
      verdicts: new AddressVerdicts({}, { nodes, clock, logger }),
      logger,
    });
    this.#follower = new ChainFollower({ maturity: config.payout.coinbaseMaturity }, {
      nodes,
      ledger: new RecordedBlocks(records.store),
      clock,
      logger,
      metrics: modules.metrics.follower,
    });
  }

  /** What the operator has to know, as of the last look. */
  get warnings(): readonly MoneyWarning[] {
    return this.#warnings;
  }

  /** Looks at what the records say; called before work goes out. */
  async open(): Promise<void> {
    await this.#look();
  }

  /** Reads a user_identity, within a bounded time; rejects with IdentityError. */
  identify(userIdentity: string): Promise<MinerIdentity> {
    return this.#directory.identify(userIdentity);
  }

  /** There is work on a new parent. @param height of the block that is worked on. */
  parentChanged(height: number): void {
    this.#follower.tipChanged();
    this.#writer.forgetProofs(Math.max(0, height - PROOFS_KEPT_BLOCKS));
  }

  async #look(): Promise<void> {
    const rate = await orphanRateOf(this.#modules.records.store);
    this.#warnings = moneyWarnings(this.#config, rate);
  }

  /** Waits for what is under way and begins nothing more. */
  async close(): Promise<void> {
    await this.#follower.close();
  }
}
