import { WalletGate, type WalletHealth } from "./_wallet_gate.ts";
import type { ChainPort, ChainTip } from "./chain_port.ts";
import { ALL_GUARDS } from "./guards.ts";
import { NO_PAYOUT_METRICS } from "./metrics.ts";
import type { WalletPort } from "./wallet_port.ts";

export type { WalletHealth } from "./_wallet_gate.ts";

/** Looks at a wallet once as the engine does before it pays; no payment is touched. */
export function lookAtWallet(
  modules: { readonly wallet: WalletPort; readonly chain: ChainPort },
  tip: ChainTip,
): Promise<WalletHealth> {
  return new WalletGate({ ...modules, metrics: NO_PAYOUT_METRICS, guards: ALL_GUARDS }).look(tip);
}
