import { reasonOf } from "../../base/mod.ts";
import { RpcError } from "../../platform/rpc/mod.ts";
import type { ChainPort, ChainTip } from "./chain_port.ts";
import { LAG_BLOCKS_MAX } from "./engine_options.ts";
import type { PayoutGuards } from "./guards.ts";
import type { PayoutMetrics } from "./metrics.ts";
import type { SpendableFunds, WalletFeatures, WalletPort } from "./wallet_port.ts";

/** A wallet that can be paid from, or why it cannot. */
export type WalletHealth =
  | {
    readonly well: true;
    readonly features: WalletFeatures;
    readonly syncedHeight: number;
    readonly funds: SpendableFunds;
  }
  | { readonly well: false; readonly trouble: string };

/** Looks whether the wallet is there, able, unlocked, and on the same chain as our node. */
export class WalletGate {
  readonly #wallet: WalletPort;
  readonly #chain: ChainPort;
  readonly #metrics: PayoutMetrics;
  readonly #guards: PayoutGuards;
  #features: WalletFeatures | undefined;

  constructor(
    modules: {
      readonly wallet: WalletPort;
      readonly chain: ChainPort;
      readonly metrics: PayoutMetrics;
      readonly guards: PayoutGuards;
    },
  ) {
    this.#wallet = modules.wallet;
    this.#chain = modules.chain;
    this.#metrics = modules.metrics;
    this.#guards = modules.guards;
  }

  async look(tip: ChainTip): Promise<WalletHealth> {
    let health: WalletHealth;
    try {
      health = await this.#look(tip);
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      // The wallet may come back as another version.
      this.#features = undefined;
      health = { well: false, trouble: reasonOf(thrown) };
    }
    this.#metrics.walletUnhealthy.set(health.well ? 0 : 1);
    return health;
  }

  async #look(tip: ChainTip): Promise<WalletHealth> {
    const trouble = (reason: string): WalletHealth => ({ well: false, trouble: reason });
    const features = this.#features ??= await this.#wallet.probe();
    if (features.method === undefined) {
      this.#features = undefined;
      return trouble("the wallet has no method to send with");
    }
    const status = await this.#wallet.status();
    const { syncedHeight } = status;
    if (syncedHeight !== undefined) this.#metrics.walletLagBlocks.set(tip.height - syncedHeight);
    if (this.#guards.walletGate) {
      if (!tip.synced) return trouble("our node is catching up with the chain");
      if (status.locked) return trouble("the wallet is locked");
      if (syncedHeight === undefined || tip.height - syncedHeight > LAG_BLOCKS_MAX) {
        return trouble(
          `the wallet has scanned up to ${syncedHeight ?? "nothing"} of ${tip.height}`,
        );
      }
      if (!await this.#sameChain(status, tip)) {
        return trouble("the wallet's node is on another chain than ours");
      }
    }
    const funds = await this.#wallet.spendable();
    for (const pool of ["transparent", "coinbase", "sapling", "orchard", "ironwood"] as const) {
      this.#metrics.walletZat[pool].set(Number(funds[pool]));
    }
    return { well: true, features, syncedHeight: syncedHeight ?? 0, funds };
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
