import type { Accounts } from "../../money/accounts/mod.ts";
import type { Clock, Logger, Random } from "../../base/mod.ts";
import type { Config } from "../config/mod.ts";
import {
  ChainOfNodes,
  type ChainPort,
  type PayeeDirectory,
  type PayoutEngineModules,
  type PayoutEngineOptions,
  type PayoutLedger,
  type PayoutMetrics,
  PayoutStore,
} from "../../money/payouts/mod.ts";
import { type WalletPort, zalletClient, ZalletWallet } from "../../money/wallet/mod.ts";
import type { NodeClient } from "../../chain/node/mod.ts";
import { type SqlDatabase } from "../../platform/database/mod.ts";
import { parseAddress } from "../../chain/zcash/mod.ts";
import { networkFault } from "./network_check.ts";
import { rpcCredentials } from "./nodes.ts";
import { poolNetwork } from "./options.ts";

/** What payments are made of besides the configuration. */
export interface PaymentModules {
  readonly database: SqlDatabase;
  readonly ledger: PayoutLedger;
  readonly accounts: Accounts;
  /** In order of preference. */
  readonly nodes: readonly NodeClient[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: PayoutMetrics;
}

/** What an engine, and an operator's desk, are made with. */
export interface PaymentParts {
  readonly options: PayoutEngineOptions;
  readonly modules: PayoutEngineModules;
}

/** Payments as the configuration wants them; without a wallet for the modes that have none. */
export function paymentParts(config: Config, modules: PaymentModules): PaymentParts {
  const { clock } = modules;
  const { accounts, nodes, ...rest } = modules;
  const wallet = walletOf(config, clock);
  return {
    options: engineOptions(config),
    modules: {
      ...rest,
      store: new PayoutStore(),
      payees: payeesOf(accounts),
      chain: chainOf(config, nodes),
      ...(wallet === undefined ? {} : { wallet }),
    },
  };
}

/** The chain as payments see it. @param nodes in order of preference. */
export function chainOf(config: Config, nodes: readonly NodeClient[]): ChainPort {
  return new ChainOfNodes(nodes, {
    isolated: poolNetwork(config) === "regtest",
    fault: (info) => networkFault(info, config),
  });
}

function engineOptions(config: Config): PayoutEngineOptions {
  const { payout, wallet } = config;
  const network = poolNetwork(config);
  const { scriptPubKey } = parseAddress(payout.poolAddress, network);
  return {
    network,
    intervalMs: payout.payoutIntervalMs,
    settleDepth: wallet.settleConfirmations,
    dryRun: wallet.dryRun,
    // Only transparent coinbase outputs have to be shielded before they can pay anybody.
    ...(wallet.shielding && scriptPubKey !== undefined
      ? { shieldingLimit: wallet.shieldingBatch }
      : {}),
    limits: {
      minPayoutZat: payout.minPayoutZat,
      recipientsMax: wallet.recipientsPerBatch,
      privacyCeiling: wallet.privacyCeiling,
      feePayer: wallet.feePayer,
      ...(wallet.maxPerPayeeZat === undefined ? {} : { payeeMaxZat: wallet.maxPerPayeeZat }),
      ...(wallet.maxPerBatchZat === undefined ? {} : { batchMaxZat: wallet.maxPerBatchZat }),
      ...(wallet.maxPerDayZat === undefined ? {} : { dayMaxZat: wallet.maxPerDayZat }),
    },
  };
}

/** The wallet that pays; undefined in the modes that have none. */
export function walletOf({ payout, wallet }: Config, clock: Clock): WalletPort | undefined {
  const { url, account } = wallet;
  if (payout.wallet !== "zallet" || url === undefined || account === undefined) return undefined;
  const rpc = zalletClient({ url, credentials: rpcCredentials(wallet) }, { clock });
  return new ZalletWallet({ account }, { rpc });
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
