import type { Clock } from "../../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { ChainOfNodes, type ChainPort, type PayoutEngineOptions } from "../../money/payouts/mod.ts";
import { type WalletPort, zalletClient, ZalletWallet } from "../../money/wallet/mod.ts";
import type { NodeClient } from "../../chain/node/mod.ts";
import { parseAddress } from "../../chain/zcash/mod.ts";
import { networkFault } from "./network_check.ts";
import { rpcCredentials } from "./nodes.ts";
import { poolNetwork } from "./options.ts";

/** The chain as payments see it. @param nodes in order of preference. */
export function chainOf(config: Config, nodes: readonly NodeClient[]): ChainPort {
  return new ChainOfNodes(nodes, {
    isolated: poolNetwork(config) === "regtest",
    fault: (info) => networkFault(info, config),
  });
}

/** How payments are made. */
export function paymentOptions(config: Config): PayoutEngineOptions {
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
