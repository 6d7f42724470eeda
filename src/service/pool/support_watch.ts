import { type Clock, type Logger, reasonOf, sleep } from "../../base/mod.ts";
import {
  describeSupport,
  type NodeClient,
  type NodeSupport,
  supportOf,
} from "../../chain/node/mod.ts";

/** The node's own end of support moves only when it is updated; it checks it hourly itself. */
const ASK_EVERY_MS = 3_600_000;

/** A node that does not answer is asked again sooner. */
const RETRY_MS = 60_000;

/** Once a day is a reminder; more often is a line that people learn to skip. */
const REMIND_EVERY_MS = 24 * 3_600_000;

/** The part of a node that is asked. */
export type SupportedNode = Pick<
  NodeClient,
  "url" | "getDeprecationInfo" | "getBestBlockHeightAndHash"
>;

/** What the watch works with. */
export interface SupportWatchModules {
  readonly nodes: readonly SupportedNode[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Knows when each node will stop itself, and says so from 14 days before: a Mainnet Zebra ends at a
 * height that is fixed at its release, and takes the pool's work with it.
 */
export class SupportWatch {
  readonly #modules: SupportWatchModules;
  readonly #closed = new AbortController();
  readonly #support = new Map<string, NodeSupport>();
  readonly #loops: readonly Promise<void>[];

  /** Begins to ask. */
  constructor(modules: SupportWatchModules) {
    this.#modules = modules;
    this.#loops = modules.nodes.map((node) => this.#watch(node));
  }

  /** Of a node; undefined when it has no end of support, or has not said. */
  supportOf(url: string): NodeSupport | undefined {
    return this.#support.get(url);
  }

  /** Seconds until the first of the nodes stops itself; infinite when none is known to. */
  secondsLeft(): number {
    let least = Infinity;
    for (const { endsAtMs } of this.#support.values()) {
      if (endsAtMs === undefined) continue;
      least = Math.min(least, (endsAtMs - this.#modules.clock.now()) / 1000);
    }
    return least;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all(this.#loops);
  }

  async #watch(node: SupportedNode): Promise<void> {
    const { clock } = this.#modules;
    const { signal } = this.#closed;
    let toldAt = -Infinity;
    while (!signal.aborted) {
      const answered = await this.#ask(node);
      const support = this.#support.get(node.url);
      if (support?.soon && clock.monotonic() - toldAt >= REMIND_EVERY_MS) {
        toldAt = clock.monotonic();
        this.#warn(node, support);
      }
      await sleep(clock, answered ? ASK_EVERY_MS : RETRY_MS, signal);
    }
  }

  /** True when the node has answered. */
  async #ask(node: SupportedNode): Promise<boolean> {
    const { signal } = this.#closed;
    try {
      const info = await node.getDeprecationInfo({ signal });
      const best = await node.getBestBlockHeightAndHash({ signal });
      if (info === undefined) this.#support.delete(node.url);
      else if (best === undefined) return false;
      else this.#support.set(node.url, supportOf(info, best.height, this.#modules.clock.now()));
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const message = `the node does not report its end of support: ${reasonOf(error)}`;
      this.#modules.logger.log("debug", "support_unknown", message, { node: node.url });
      return false;
    }
  }

  #warn(node: SupportedNode, support: NodeSupport): void {
    const over = support.blocksLeft <= 0;
    this.#modules.logger.log(
      over ? "error" : "warn",
      "node_support_ends",
      `${describeSupport(support)}. The node stops itself then: update it`,
      { node: node.url, end_height: support.endHeight, blocks_left: support.blocksLeft },
    );
  }
}
