import { type Clock, type Counter, displayHash, type Logger, reasonOf } from "../base/mod.ts";
import type { BlockLedger, WatchedBlock } from "./block_ledger.ts";
import { askNode, type ChainNode, type Testimony } from "./chain_node.ts";

/** When a block's fate is decided. */
export interface ChainFollowerOptions {
  /** Confirmations at which a reward is due; 100 unless given (Zcash protocol §7.1.2). */
  readonly maturity?: number;
}

/** What is counted. */
export interface ChainFollowerMetrics {
  readonly matured: Counter;
  readonly orphaned: Counter;
  readonly returned: Counter;
  /** Rounds that could not be ended. */
  readonly failures: Counter;
}

/** What a follower works with. */
export interface ChainFollowerModules {
  /** The preferred one first; with more than one, two have to agree on an orphan. */
  readonly nodes: readonly ChainNode[];
  readonly ledger: BlockLedger;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ChainFollowerMetrics;
}

const MATURITY = 100;

/** A rival must have been built on so far (8 minutes at 25 s) before anything is taken back. */
const ORPHAN_DEPTH = 20;

/** And it must have been seen so many times, each time deeper than before. */
const ORPHAN_SIGHTINGS = 3;

/** Nodes follow reorganisations of at most 1,000 blocks: what lies deeper does not change. */
const WATCH_DEPTH = 1_000;

/**
 * Blocks that are looked at in one round, two quick questions each. A pool with a third of the
 * network has 333 within the watched depth.
 */
const BLOCKS_PER_ROUND = 500;

/** Blocks that are asked about at one time: the node has templates to make as well. */
const ASKING_MAX = 4;

/** After a round that failed, the next one does not wait for the next block. */
const RETRY_MS = 30_000;

/**
 * Follows found blocks through the chain: credited when the best chain has them, mature at a depth,
 * orphaned when they are surely gone, given back when they return. Only a node that has another
 * block at the height says that one is gone; a node that is silent, syncing or in error says nothing.
 */
export class ChainFollower {
  readonly #maturity: number;
  readonly #modules: ChainFollowerModules;
  /** How often in a row a block was seen displaced deeply enough, and how deep last; by its hash. */
  readonly #displaced = new Map<string, { readonly times: number; readonly depth: number }>();
  #round: Promise<void> | undefined;
  #again = false;
  #closed = false;
  #cancelRetry: (() => void) | undefined;

  constructor(options: ChainFollowerOptions, modules: ChainFollowerModules) {
    this.#maturity = options.maturity ?? MATURITY;
    this.#modules = modules;
  }

  /** There is a new tip: looks after the watched blocks. Tips that come meanwhile are one more look. */
  tipChanged(): void {
    void this.look();
  }

  /** One round; joined when one is under way, and then another one follows it. Never rejects. */
  look(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#round !== undefined) {
      this.#again = true;
      return this.#round;
    }
    this.#round = this.#rounds().finally(() => this.#round = undefined);
    return this.#round;
  }

  /** Waits for the round that is under way and begins no other. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry?.();
    await this.#round;
  }

  async #rounds(): Promise<void> {
    do {
      this.#again = false;
      await this.#lookOnce();
    } while (this.#again && !this.#closed);
  }

  async #lookOnce(): Promise<void> {
    const { ledger, clock, logger, metrics } = this.#modules;
    this.#cancelRetry?.();
    try {
      const tip = await this.#tipHeight();
      if (tip === undefined) return;
      const blocks = await ledger.watched(Math.max(0, tip - WATCH_DEPTH), BLOCKS_PER_ROUND);
      this.#forget(blocks);
      const queue = blocks.values();
      const follow = async (): Promise<void> => {
        for (const block of queue) {
          if (this.#closed) return;
          await this.#follow(block);
        }
      };
      // All end before the first failure is looked at: no step runs on behind a round that has ended.
      const ended = await Promise.allSettled(Array.from({ length: ASKING_MAX }, follow));
      const failed = ended.find((each) => each.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    } catch (error) {
      metrics.failures.increment();
      logger.log(
        "error",
        "blocks_not_followed",
        `found blocks could not be looked after, no credit was changed: ${reasonOf(error)}`,
      );
      if (!this.#closed) this.#cancelRetry = clock.after(RETRY_MS, () => this.tipChanged());
    }
  }

  /** The height of the first node that answers; undefined when none does. */
  async #tipHeight(): Promise<number | undefined> {
    for (const node of this.#modules.nodes) {
      try {
        const tip = await node.getBestBlockHeightAndHash();
        if (tip !== undefined) return tip.height;
      } catch {
        // The template provider reports a node that is away; here the next one is asked.
      }
    }
    return undefined;
  }

  async #follow(block: WatchedBlock): Promise<void> {
    const testimony = await this.#testimony(block);
    const key = displayHash(block.hash);
    if (testimony.kind === "in_chain") {
      this.#displaced.delete(key);
      return await this.#advance(block, testimony.confirmations);
    }
    if (testimony.kind === "nothing" || block.state === "orphaned") return;
    const { depth } = testimony;
    const seen = this.#displaced.get(key) ?? { times: 0, depth: ORPHAN_DEPTH };
    if (depth <= seen.depth) return;
    const times = seen.times + 1;
    this.#displaced.set(key, { times, depth });
    if (times >= ORPHAN_SIGHTINGS && await this.#othersAgree(block)) await this.#orphan(block);
  }

  /** What the first node says that says anything. */
  async #testimony(block: WatchedBlock): Promise<Testimony> {
    let testimony: Testimony = { kind: "nothing", reason: "there is no node" };
    for (const node of this.#modules.nodes) {
      testimony = await askNode(node, block);
      if (testimony.kind !== "nothing") break;
    }
    return testimony;
  }

  /** Where there are several nodes, two of them must have seen the rival, and none the block. */
  async #othersAgree(block: WatchedBlock): Promise<boolean> {
    const { nodes } = this.#modules;
    const said = await Promise.all(nodes.map((node) => askNode(node, block)));
    if (said.some(({ kind }) => kind === "in_chain")) return false;
    const sure = said.filter((each) => each.kind === "displaced" && each.depth > ORPHAN_DEPTH);
    return sure.length >= Math.min(2, nodes.length);
  }

  async #advance(block: WatchedBlock, confirmations: number): Promise<void> {
    const { ledger, logger, metrics } = this.#modules;
    const fields = { height: block.height, hash: displayHash(block.hash), confirmations };
    if (block.state === "accepted") {
      await ledger.credit(block.hash);
      logger.log("info", "block_credited", `block ${block.height} is credited`, fields);
    }
    if (block.state === "orphaned") {
      await ledger.giveBack(block.hash);
      metrics.returned.increment();
      logger.log(
        "warn",
        "block_returned",
        `orphaned block ${block.height} is in the best chain again: its credits are back`,
        fields,
      );
      return;
    }
    if (block.state === "mature" || confirmations < this.#maturity) return;
    await ledger.mature(block.hash);
    metrics.matured.increment();
    logger.log("info", "block_matured", `the reward of block ${block.height} is due`, fields);
  }

  async #orphan(block: WatchedBlock): Promise<void> {
    const { ledger, logger, metrics } = this.#modules;
    const wasMature = block.state === "mature";
    await ledger.orphan(block.hash, "another block of its height is in the best chain");
    this.#displaced.delete(displayHash(block.hash));
    metrics.orphaned.increment();
    logger.log(
      wasMature ? "error" : "warn",
      wasMature ? "mature_block_lost" : "block_orphaned",
      wasMature
        ? `mature block ${block.height} was lost in a deep reorganisation: the pool bears its reward`
        : `block ${block.height} is orphaned: what was booked for it is taken back`,
      { height: block.height, hash: displayHash(block.hash) },
    );
  }

  /** Counts of blocks that are not watched any more go. */
  #forget(watched: readonly WatchedBlock[]): void {
    const keys = new Set(watched.map(({ hash }) => displayHash(hash)));
    for (const key of this.#displaced.keys()) if (!keys.has(key)) this.#displaced.delete(key);
  }
}
