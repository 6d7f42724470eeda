import type { Clock, Logger, Random } from "../../base/mod.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";
import type { AddressNetwork } from "../../chain/zcash/mod.ts";
import { Accounts, AccountStore } from "../accounts/mod.ts";
import {
  audit,
  type AuditReport,
  LedgerReports,
  LedgerStore,
  RunningHour,
  ShareReader,
} from "../books/mod.ts";
import {
  type ChainPort,
  type PayeeDirectory,
  PayoutEngine,
  type PayoutEngineModules,
  type PayoutEngineOptions,
  type PayoutMetrics,
  PayoutOperator,
  PayoutStore,
} from "../payouts/mod.ts";
import type { Records, RecordStore } from "../records/mod.ts";
import { SettlementHandler } from "../settlement/mod.ts";
import type { WalletPort } from "../wallet/mod.ts";

/** What the operator decided about accounts and payments. */
export interface BooksOptions {
  /** The chain that miners' addresses must belong to. */
  readonly network: AddressNetwork;
  readonly payments: PayoutEngineOptions;
}

/** What the books are opened on. */
export interface BooksModules {
  readonly records: Records;
  /** The chain as payments see it; each call makes one that chooses its node for itself. */
  readonly newChain: () => ChainPort;
  /** The wallet that pays; missing in the modes that have none. */
  readonly wallet: WalletPort | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: PayoutMetrics;
}

/**
 * The books of a pool with every part of them made once: the pool keeps them moving by a
 * {@link Treasury}, commands read them and act on them beside it, or without one.
 */
export class Books {
  readonly database: SqlDatabase;
  readonly store: RecordStore;
  readonly accounts: Accounts;
  readonly shares: ShareReader;
  readonly ledger: LedgerStore;
  readonly reports: LedgerReports;
  /** What shares have earned that no closed hour covers; refreshed by its `look`. */
  readonly runningHour: RunningHour;
  readonly payouts = new PayoutStore();
  readonly wallet: WalletPort | undefined;
  readonly #options: BooksOptions;
  readonly #clock: Clock;
  readonly #newChain: () => ChainPort;
  readonly #paymentModules: PayoutEngineModules;

  constructor(options: BooksOptions, modules: BooksModules) {
    const { records, newChain, wallet, clock, random, logger, metrics } = modules;
    const { database, store } = records;
    this.#options = options;
    this.#clock = clock;
    this.#newChain = newChain;
    this.database = database;
    this.store = store;
    this.wallet = wallet;
    this.accounts = new Accounts(options.network, { store: new AccountStore(database), clock });
    this.shares = new ShareReader(database);
    this.ledger = new LedgerStore(database);
    this.reports = new LedgerReports(database);
    this.runningHour = new RunningHour({ database, reader: this.shares });
    this.#paymentModules = {
      ...{ database, clock, random, logger, metrics },
      ledger: this.ledger,
      store: this.payouts,
      payees: payeesOf(this.accounts),
      chain: newChain(),
      ...(wallet === undefined ? {} : { wallet }),
    };
  }

  /** Computes everything again. @param hours closed hours that are made again from their shares. */
  audit(hours: number): Promise<AuditReport> {
    return audit({ hours }, { database: this.database, reader: this.shares, clock: this.#clock });
  }

  /** Pays what is due, or plans to. */
  paymentEngine(): PayoutEngine {
    return new PayoutEngine(this.#options.payments, this.#paymentModules);
  }

  /** What an operator can do about payments. */
  paymentOperator(): PayoutOperator {
    return new PayoutOperator(this.#options.payments, this.#paymentModules);
  }

  /** With a chain of its own: the engine's must not change its node in the middle of a turn. */
  settlementHandler(): SettlementHandler {
    const { network, limits } = this.#options.payments;
    return new SettlementHandler(
      { network, minPayoutZat: limits.minPayoutZat },
      { ...this.#paymentModules, chain: this.#newChain() },
    );
  }

  /** What the wallet can spend for miners; undefined where it does not say. */
  async spendableZat(): Promise<bigint | undefined> {
    if (this.wallet === undefined) return undefined;
    const { sapling, orchard, ironwood } = await this.wallet.spendable();
    return sapling + orchard + ironwood;
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}

function payeesOf(accounts: Accounts): PayeeDirectory {
  return {
    async payee(minerId) {
      const payee = (await accounts.payees([minerId])).get(minerId);
      return payee?.kind === "pay"
        ? { address: payee.address }
        : { held: payee?.reason ?? "nothing is known of this miner" };
    },
  };
}
