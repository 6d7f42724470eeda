import { type Clock, within } from "../base/mod.ts";
import { RpcError } from "../platform/rpc/mod.ts";
import { formatZec } from "../money/ledger/mod.ts";
import { type WalletPort } from "../money/wallet/mod.ts";
import { type ChainPort, checkWalletHealth, type WalletHealth } from "../money/payouts/mod.ts";
import type { Finding } from "./finding.ts";

/** A wallet with thousands of notes takes seconds to add them up; nobody waits longer for a check. */
const LIMIT_MS = 20_000;

/** What a wallet is looked at with. */
export interface WalletCheckModules {
  readonly wallet: WalletPort;
  readonly chain: ChainPort;
  readonly clock: Clock;
}

/** Says whether the pool could pay from the wallet now, in the words of the engine that pays. */
export async function checkWallet(modules: WalletCheckModules): Promise<Finding[]> {
  const findings = await within(modules.clock, LIMIT_MS, check(modules));
  return findings ?? [unusable(`the wallet does not answer within ${LIMIT_MS / 1_000} seconds`)];
}

async function check({ wallet, chain }: WalletCheckModules): Promise<Finding[]> {
  let tip;
  try {
    tip = await chain.tip();
  } catch (thrown) {
    return await withoutNode(wallet, messageOf(thrown));
  }
  const health = await checkWalletHealth({ wallet, chain }, tip);
  return [health.healthy ? usable(health) : unusable(health.trouble)];
}

/** Without a node it can still be told whether the wallet is there. */
async function withoutNode(wallet: WalletPort, reason: string): Promise<Finding[]> {
  try {
    await wallet.probe();
  } catch (thrown) {
    return [unusable(messageOf(thrown))];
  }
  return [
    { level: "ok", text: "It can be reached." },
    {
      level: "warning",
      text: `Whether it is on our node's chain was not compared: ${reason}. Mend the node first.`,
    },
  ];
}

function usable({ features, funds, syncedHeight }: WalletHealth & { healthy: true }): Finding {
  const shielded = funds.sapling + funds.orchard + funds.ironwood;
  return {
    level: "ok",
    text: `It can be paid from by ${features.method}: it has scanned up to height ` +
      `${syncedHeight} and can spend ${formatZec(shielded)} ZEC.`,
  };
}

/** As the log says it. */
function unusable(trouble: string): Finding {
  const advice = "See to the wallet and [wallet]; until then balances grow.";
  return { level: "fault", text: `Payments are stopped: ${trouble}. ${advice}` };
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof RpcError) return thrown.message;
  throw thrown;
}
