import { type Logger, Outage, PoolError, reasonOf } from "../../base/mod.ts";
import type { BranchReader } from "../../chain/chain_follower/mod.ts";
import type { NodeClient } from "../../chain/node/mod.ts";
import type { CoinbasePayments } from "../../money/treasury/mod.ts";
import type { ChainListener } from "./work_distributor.ts";

/** What is looked up with. */
export interface OpenPromisesModules {
  readonly money: Pick<CoinbasePayments, "openHeight" | "settle" | "forget">;
  readonly branch: BranchReader;
  /** In order of preference. */
  readonly nodes: readonly Pick<NodeClient, "getBestBlockHeightAndHash">[];
  readonly logger: Logger;
}

/**
 * Keeps what a pool has promised in coinbases after it was told to pay in another way, or nobody: a
 * job that was handed out may still be found, and its block has paid. Costs one question to the
 * ledger for each tip once nothing is open.
 */
export class OpenPromises implements ChainListener {
  readonly #modules: OpenPromisesModules;
  readonly #outage: Outage;
  #running: Promise<void> | undefined;

  constructor(modules: OpenPromisesModules) {
    this.#modules = modules;
    this.#outage = new Outage(modules.logger, {
      level: "warn",
      event: "promises_not_settled",
      begins: "blocks that pay miners in their coinbases cannot be looked up",
      endEvent: "promises_settled_again",
      ends: "blocks that pay miners in their coinbases are looked up again",
    });
  }

  parentChanged(height: number): void {
    this.#running ??= this.#look(height).finally(() => this.#running = undefined);
  }

  async #look(height: number): Promise<void> {
    const { money, branch } = this.#modules;
    try {
      const from = await money.openHeight();
      if (from !== undefined) {
        await money.settle(await Array.fromAsync(branch.down(await this.#tip(), from)));
        await money.forget(height - 1);
      }
      this.#outage.succeeded();
    } catch (error) {
      // The next tip is the next attempt.
      this.#outage.failed(reasonOf(error));
    }
  }

  /** The tip of the first node that answers. */
  async #tip(): Promise<Uint8Array> {
    const reasons: string[] = [];
    for (const node of this.#modules.nodes) {
      try {
        const best = await node.getBestBlockHeightAndHash();
        if (best !== undefined) return best.hash;
        reasons.push("a node has no block");
      } catch (error) {
        reasons.push(reasonOf(error));
      }
    }
    throw new PoolError("no-node", `no node tells its tip: ${reasons.join("; ")}`);
  }
}
