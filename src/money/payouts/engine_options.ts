/**
 * What the payment engine is given.
 *
 * @module
 */
import type { Clock, Logger, Random } from "../../base/mod.ts";
import type { Account } from "../ledger/mod.ts";
import type { PayoutStore } from "./payout_store.ts";
import type { SqlDatabase, SqlSession } from "../../platform/database/mod.ts";
import type { AddressNetwork } from "../../chain/zcash/mod.ts";
import type { PayoutJournal } from "./batch_book.ts";
import type { ChainPort } from "./chain_port.ts";
import type { PayoutMetrics } from "./metrics.ts";
import type { PayoutLimits } from "./payment_plan.ts";
import type { WalletPort } from "../wallet/mod.ts";

/** One who is owed something that is due. */
export interface Due {
  readonly minerId: string;
  readonly availableZat: bigint;
}

/** The ledger as payments read it; writing goes through {@link PayoutJournal}. */
export interface PayoutLedger extends PayoutJournal {
  /** Miners with at least so much available, in the order of their ids; the caller pages. */
  due(
    tx: SqlSession,
    page: { readonly minZat: bigint; readonly after: string; readonly limit: number },
  ): Promise<Due[]>;
  /** The sum of all reserved accounts. */
  reserved(tx: SqlSession): Promise<bigint>;
  /** Lines of an account from a moment on, the newest first. */
  entriesOf(
    account: Account,
    range: { readonly fromMs: number; readonly limit: number },
    tx: SqlSession,
  ): Promise<readonly { readonly amountZat: bigint; readonly atMs: number }[]>;
}

/** Where a miner is paid: the address of an account, or the address that the miner is known by. */
export interface PayeeDirectory {
  /** An address of any form, or why the miner cannot be paid now. */
  payee(minerId: string): Promise<{ readonly address: string } | { readonly held: string }>;
}

export interface PayoutEngineOptions {
  readonly network: AddressNetwork;
  readonly limits: PayoutLimits;
  /** Between the beginnings of two runs. */
  readonly intervalMs: number;
  /** Depth at which a payment is final, 3 to 100. */
  readonly settleDepth: number;
  /** Coinbase outputs shielded at once; undefined for no shielding. */
  readonly shieldingLimit?: number;
  /** Plan and log the batches of each run, and send nothing. */
  readonly dryRun?: boolean;
}

/** What a payer outside of the pool is handed. */
export interface SettlementOptions {
  readonly network: AddressNetwork;
  readonly minPayoutZat: bigint;
}

export interface PayoutEngineModules {
  readonly database: SqlDatabase;
  readonly store: PayoutStore;
  readonly ledger: PayoutLedger;
  readonly payees: PayeeDirectory;
  /** Absent in the mode `external`. */
  readonly wallet?: WalletPort;
  readonly chain: ChainPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: PayoutMetrics;
}

/** Blocks of life that a transaction must have left when it is sent: some four minutes. */
export const LIFE_BLOCKS_MIN = 10;

/** Blocks that a transaction may live at most, some seven hours; wallets give them 40 to 120. */
export const EXPIRY_BLOCKS_MAX = 1_000;

/**
 * Blocks after which a transaction that nobody has seen cannot appear any more: the largest default
 * expiry is 120, the rest is room for the time that making it takes.
 */
export const UNSEEN_BLOCKS = 200;

/**
 * Blocks in which our node has nothing of what an external payer reported before that is said: some
 * four minutes, in which a transaction reaches all nodes.
 */
export const UNSEEN_REPORT_BLOCKS = 10;

/** Longer than any wallet has been seen to work on one operation. */
export const OPERATION_MS_MAX = 3_600_000;

/** The wallet's and our node's view of the chain may differ by this many blocks. */
export const LAG_BLOCKS_MAX = 5;

/** Batches driven in one turn; a run has at most one for 45 payees. */
export const LIVE_BATCHES_MAX = 1_000;
