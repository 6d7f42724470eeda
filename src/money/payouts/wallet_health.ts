import { reasonOf } from "../../base/mod.ts";
import { RpcError } from "../../platform/rpc/mod.ts";
import type { ChainPort, ChainTip } from "./chain_port.ts";
import { LAG_BLOCKS_MAX } from "./engine_options.ts";
import type { SpendableFunds, WalletFeatures, WalletPort, WalletStatus } from "../wallet/mod.ts";
import { NO_PAYOUT_METRICS, type PayoutMetrics } from "./metrics.ts";

/** A wallet that can be paid from, or why it cannot. */
export type WalletHealth =
  | {
    readonly healthy: true;
    readonly features: WalletFeatures;
    readonly syncedHeight: number;
    readonly funds: SpendableFunds;
  }
  | { readonly healthy: false; readonly trouble: string };

/** Checks that the wallet answers, can send, is unlocked, and is on the same chain as our node. */
export class WalletHealthCheck {
  readonly #wallet: WalletPort;
  readonly #chain: ChainPort;
  readonly #metrics: PayoutMetrics;
  #features: WalletFeatures | undefined;

  constructor(
    modules: {
      readonly wallet: WalletPort;
      readonly chain: ChainPort;
      readonly metrics: PayoutMetrics;
    },
  ) {
    this.#wallet = modules.wallet;
    this.#chain = modules.chain;
    this.#metrics = modules.metrics;
  }

  async check(tip: ChainTip): Promise<WalletHealth> {
    let health: WalletHealth;
    try {
      health = await this.#ask(tip);
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      // The wallet may come back as another version.
      this.#features = undefined;
      health = { healthy: false, trouble: reasonOf(thrown) };
    }
    this.#metrics.walletUnhealthy.set(health.healthy ? 0 : 1);
    return health;
  }

  async #ask(tip: ChainTip): Promise<WalletHealth> {
    const trouble = (reason: string): WalletHealth => ({ healthy: false, trouble: reason });
    const features = this.#features ??= await this.#wallet.probe();
    if (features.method === undefined) {
      this.#features = undefined;
      return trouble("the wallet has no method to send with");
    }
    const status = await this.#wallet.status();
    const { syncedHeight } = status;
    if (syncedHeight !== undefined) this.#metrics.walletLagBlocks.set(tip.height - syncedHeight);
    const fault = await this.#fault(status, tip);
    if (fault !== undefined) return trouble(fault);
    const funds = await this.#wallet.spendable();
    for (const pool of ["transparent", "coinbase", "sapling", "orchard", "ironwood"] as const) {
      this.#metrics.walletZat[pool].set(Number(funds[pool]));
    }
    return { healthy: true, features, syncedHeight: syncedHeight ?? 0, funds };
  }

  /** Why nothing can be sent while the wallet stands there. */
  async #fault(status: WalletStatus, tip: ChainTip): Promise<string | undefined> {
    if (!tip.synced) return "our node is catching up with the chain";
    if (status.locked) return "the wallet is locked";
    const { syncedHeight } = status;
    if (syncedHeight === undefined || tip.height - syncedHeight > LAG_BLOCKS_MAX) {
      return `the wallet has scanned up to ${syncedHeight ?? "nothing"} of ${tip.height}`;
    }
    return await this.#sameChain(status, tip)
      ? undefined
      : "the wallet's node is on another chain than ours";
  }

  async #sameChain(
    { nodeHeight, nodeHash }: { readonly nodeHeight: number; readonly nodeHash: string },
    tip: ChainTip,
  ): Promise<boolean> {
    if (Math.abs(nodeHeight - tip.height) > LAG_BLOCKS_MAX) return false;
    const ours = await this.#chain.blockHash(nodeHeight);
    // A block that is new to our node can be compared with nothing yet.
    return ours === undefined || ours === nodeHash;
  }
}

/** Checks a wallet once, as the engine does before it pays; no payment is touched. */
export function checkWalletHealth(
  modules: { readonly wallet: WalletPort; readonly chain: ChainPort },
  tip: ChainTip,
): Promise<WalletHealth> {
  const parts = { ...modules, metrics: NO_PAYOUT_METRICS };
  return new WalletHealthCheck(parts).check(tip);
}
