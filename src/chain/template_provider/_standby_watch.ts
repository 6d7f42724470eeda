/**
 * Finds out that the node which gives the work has been left behind by its network.
 *
 * A node that has lost its peers goes on answering: Zebra 7 gives templates on its old tip for two
 * more hours. So when that tip has not moved for long, the nodes that are not asked for work are
 * asked for theirs. One that is some blocks ahead on the same chain shows that work on the old tip
 * is wasted. One on another chain shows nothing: it may be the one that is wrong.
 *
 * @module
 */
import { equalBytes, judgeAfter } from "../../base/mod.ts";
import type { Clock } from "../../base/mod.ts";
import type { BestBlock, NodeClient } from "../node/mod.ts";

/** At a block each 25 s a tip becomes so old less than once an hour. */
const OLD_TIP_MS = 120_000;

const CHECK_EVERY_MS = 10_000;

/** Fewer may be a node that is just a moment later than another. */
const AHEAD_BLOCKS = 3;

/** What a {@link StandbyWatch} checks. */
export interface StandbyWatchModules {
  readonly clock: Clock;
  /** The tip that is worked on, and since when (monotonic); undefined while there is no work. */
  readonly tip: () => BestBlock & { readonly since: number } | undefined;
  /** The nodes that are not asked for work now. */
  readonly standbys: () => readonly NodeClient[];
  /** This one is ahead on the same chain. */
  readonly onAhead: (node: NodeClient, height: number) => void;
}

export class StandbyWatch {
  readonly #modules: StandbyWatchModules;
  readonly #closed = new AbortController();
  #cancel: () => void = () => {};
  #checking: Promise<void> = Promise.resolve();

  constructor(modules: StandbyWatchModules) {
    this.#modules = modules;
  }

  start(): void {
    this.#cancel = judgeAfter(this.#modules.clock, CHECK_EVERY_MS, () => {
      this.#checking = this.#check().finally(() => {
        if (!this.#closed.signal.aborted) this.start();
      });
    });
  }

  /** Ends its calls; resolves when none is left. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#cancel();
    await this.#checking;
  }

  async #check(): Promise<void> {
    const { clock, tip, standbys, onAhead } = this.#modules;
    const worked = tip();
    if (worked === undefined || clock.monotonic() - worked.since < OLD_TIP_MS) return;
    for (const node of standbys()) {
      const height = await this.#heightAhead(node, worked);
      if (height === undefined || this.#closed.signal.aborted) continue;
      const now = tip();
      if (now !== undefined && equalBytes(now.hash, worked.hash)) onAhead(node, height);
      return;
    }
  }

  /** The node's height when it has left that tip behind; undefined for a node that does not answer. */
  async #heightAhead(node: NodeClient, tip: BestBlock): Promise<number | undefined> {
    const { signal } = this.#closed;
    try {
      const best = await node.getBestBlockHeightAndHash({ signal });
      if (best === undefined || best.height < tip.height + AHEAD_BLOCKS) return undefined;
      const ancestor = await node.getBlockHash(tip.height, { signal });
      return ancestor !== undefined && equalBytes(ancestor, tip.hash) ? best.height : undefined;
    } catch {
      return undefined;
    }
  }
}
