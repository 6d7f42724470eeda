import { COINBASE_MATURITY } from "../zcash/mod.ts";
import {
  type Clock,
  type Counter,
  displayHash,
  type Logger,
  Outage,
  PoolError,
  reasonOf,
} from "../../base/mod.ts";
import { isChainState } from "../blocks/mod.ts";
import type { BlockLedger, WatchedBlock } from "./block_ledger.ts";
import { askNode, type BlockSighting, type ChainNode } from "./chain_node.ts";

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
  /** Rounds that could not be ended, but for those in which a block only has to wait. */
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

/** A rival must have been built on so far (8 minutes at 25 s) before anything is taken back. */
const ORPHAN_DEPTH = 20;

/** And it must have been seen this many times, each time deeper than before. */
const ORPHAN_SIGHTINGS = 3;

/** Nodes follow reorganisations of at most 1,000 blocks: what lies deeper does not change. */
const WATCH_DEPTH = 1_000;

/**
 * Blocks that are polled for in one round, two quick questions each. A pool that is alone on a test
 * network has every block within the watched depth; were there fewer places, the newest, which come
 * last, would be credited hours late. A pool with a third of the network has 333.
 */
const BLOCKS_PER_ROUND = WATCH_DEPTH + 500;

/** Blocks that are asked about at one time: the node has templates to make as well. */
const ASKING_MAX = 4;

/**
 * A chain that goes back by more than this is remarked: payments count as final at that depth, and
 * reorganisations of Mainnet are of one block or two.
 */
const FAR_BACK = 10;

/** After a round that failed, the next one does not wait for the next block. */
const RETRY_MS = 30_000;

/** A node's best chain is much lower than before. */
interface Fall {
  readonly node: ChainNode;
  readonly from: number;
  readonly to: number;
}

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
  /** Blocks that would be due, were the nodes of one chain; by their hash. */
  readonly #contested = new Set<string>();
  /** Of each node at the last round in which it answered. */
  readonly #heights = new Map<ChainNode, number>();
  /** Rounds that failed. */
  readonly #outage: Outage;
  /** Rounds in which a block had to wait, for its share or for another process: no fault yet. */
  readonly #waiting: Outage;
  #round: Promise<void> | undefined;
  #again = false;
  #closed = false;
  #cancelRetry: (() => void) | undefined;

  constructor(options: ChainFollowerOptions, modules: ChainFollowerModules) {
    this.#maturity = options.maturity ?? COINBASE_MATURITY;
    this.#modules = modules;
    const found = "could not update found blocks; credits unchanged";
    const over = { endEvent: "blocks_followed_again", ends: "found blocks are followed again" };
    this.#outage = new Outage(modules.logger, {
      ...{ level: "error", event: "blocks_not_followed", begins: found },
      ...over,
    });
    this.#waiting = new Outage(modules.logger, {
      ...{ level: "info", event: "blocks_wait", begins: found, patience: 1 },
      ...over,
    });
  }

  /** True while found blocks cannot be followed, since more than one try. */
  get failing(): boolean {
    return this.#outage.isTold;
  }

  /** There is a new tip: polls for the watched blocks. Tips that come meanwhile are one more round. */
  tipChanged(): void {
    void this.poll();
  }

  /** One round; joined when one is under way, and then another one follows it. Never rejects. */
  poll(): Promise<void> {
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
      await this.#pollOnce();
    } while (this.#again && !this.#closed);
  }

  async #pollOnce(): Promise<void> {
    const { ledger, clock, metrics } = this.#modules;
    this.#cancelRetry?.();
    try {
      const { height, nodes, wentBack } = await this.#tip();
      if (nodes.length === 0) return;
      const blocks = await ledger.watched(Math.max(0, height - WATCH_DEPTH), BLOCKS_PER_ROUND);
      for (const fall of wentBack) this.#warnOf(fall, blocks);
      this.#forget(blocks);
      await this.#followAll(blocks, nodes);
      this.#outage.succeeded();
      this.#waiting.succeeded();
    } catch (error) {
      const waits = isBusy(error);
      if (!waits) metrics.failures.increment();
      (waits ? this.#waiting : this.#outage).failed(reasonOf(error));
      if (!this.#closed) this.#cancelRetry = clock.after(RETRY_MS, () => this.tipChanged());
    }
  }

  /**
   * Every block has its turn, also behind one whose step fails: a block that can never be credited
   * must not stand in front of the others.
   *
   * @throws what failed first, when all have ended; that one only waits comes last.
   */
  async #followAll(
    blocks: readonly WatchedBlock[],
    nodes: readonly ChainNode[],
  ): Promise<void> {
    const queue = blocks.values();
    const failures: unknown[] = [];
    const follow = async (): Promise<void> => {
      for (const block of queue) {
        if (this.#closed) return;
        await this.#follow(block, nodes).catch((error) => failures.push(error));
      }
    };
    await Promise.all(Array.from({ length: ASKING_MAX }, follow));
    if (failures.length > 0) throw failures.find((error) => !isBusy(error)) ?? failures[0];
  }

  /**
   * The height of the highest node, and the nodes that answer, in order of preference. By the height
   * of one that syncs anew, thousands of old blocks would come into the round; one that is silent
   * would hold up the round once for each block.
   */
  async #tip(): Promise<{ height: number; nodes: ChainNode[]; wentBack: Fall[] }> {
    const nodes: ChainNode[] = [];
    const wentBack: Fall[] = [];
    let highest = 0;
    const heights = await Promise.all(this.#modules.nodes.map(bestHeight));
    for (const [index, node] of this.#modules.nodes.entries()) {
      const height = heights[index];
      if (height === undefined) continue;
      nodes.push(node);
      highest = Math.max(highest, height);
      const from = this.#heights.get(node) ?? height;
      if (height < from - FAR_BACK) wentBack.push({ node, from, to: height });
      this.#heights.set(node, height);
    }
    return { height: highest, nodes, wentBack };
  }

  /** A chain that goes far back is a node that was reset, another network, or an attack. */
  #warnOf({ node, from, to }: Fall, blocks: readonly WatchedBlock[]): void {
    const above = blocks.filter(({ height }) => height > to).length;
    const done = above === 0
      ? "no found block is above it"
      : `${above} found blocks above it keep their state and credits until the chain has grown ` +
        "past their heights";
    this.#modules.logger.log(
      "warn",
      "chain_went_back",
      `the best chain of a node went back from height ${from} to ${to}; ${done}`,
      { node: node.url, height_before: from, height: to, found_blocks_above: above },
    );
  }

  /** @param nodes those that answer in this round. */
  async #follow(block: WatchedBlock, nodes: readonly ChainNode[]): Promise<void> {
    const sighting = await sightingOf(block, nodes);
    const key = displayHash(block.hash);
    if (sighting.kind === "in_chain") {
      this.#displaced.delete(key);
      return await this.#advance(block, sighting.confirmations, nodes);
    }
    // What was refused, or given up, is not given up once more.
    const givenUp = block.state === "orphaned" || block.state === "rejected";
    if (sighting.kind === "nothing" || givenUp) return;
    const { depth } = sighting;
    const seen = this.#displaced.get(key) ?? { times: 0, depth: ORPHAN_DEPTH };
    if (depth <= seen.depth) return;
    const times = seen.times + 1;
    this.#displaced.set(key, { times, depth });
    if (times < ORPHAN_SIGHTINGS) return;
    if (await this.#othersAgree(block, nodes)) await this.#orphan(block);
  }

  /** Where there are several nodes, two of them must have seen the rival, and none the block. */
  async #othersAgree(block: WatchedBlock, nodes: readonly ChainNode[]): Promise<boolean> {
    const needed = Math.min(2, this.#modules.nodes.length);
    if (nodes.length < needed) return false;
    const said = await Promise.all(nodes.map((node) => askNode(node, block)));
    if (said.some(({ kind }) => kind === "in_chain")) return false;
    const sure = said.filter((each) => each.kind === "displaced" && each.depth > ORPHAN_DEPTH);
    return sure.length >= needed;
  }

  async #advance(
    block: WatchedBlock,
    confirmations: number,
    nodes: readonly ChainNode[],
  ): Promise<void> {
    const { ledger, logger, metrics } = this.#modules;
    const fields = { height: block.height, hash: displayHash(block.hash), confirmations };
    if (!isChainState(block.state)) {
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
    if (block.displaced) await ledger.hold(block.hash);
    if (block.state === "mature" || confirmations < this.#maturity) return;
    if (await this.#isContested(block, nodes)) return;
    await ledger.mature(block.hash);
    metrics.matured.increment();
    logger.log("info", "block_matured", `the reward of block ${block.height} is due`, fields);
  }

  /**
   * What is due is paid, and what is paid does not come back: while a node has another block there
   * under as many as would make an orphan, one of them is on a chain of its own, and which one cannot
   * be told here.
   */
  async #isContested(block: WatchedBlock, nodes: readonly ChainNode[]): Promise<boolean> {
    const { logger } = this.#modules;
    if (nodes.length < 2) return false;
    const key = displayHash(block.hash);
    const said = await Promise.all(nodes.map((node) => askNode(node, block)));
    const rival = said.findIndex((each) => each.kind === "displaced" && each.depth > ORPHAN_DEPTH);
    if (rival < 0) {
      this.#contested.delete(key);
      return false;
    }
    if (this.#contested.has(key)) return true;
    this.#contested.add(key);
    logger.log(
      "error",
      "nodes_disagree",
      `the reward of block ${block.height} is not made due: the nodes follow different chains. See ` +
        "which one has peers and is up to date",
      { height: block.height, hash: key, node_without_it: nodes[rival]?.url },
    );
    return true;
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

  /** What is remembered of blocks that are not watched any more goes. */
  #forget(watched: readonly WatchedBlock[]): void {
    const keys = new Set(watched.map(({ hash }) => displayHash(hash)));
    for (const known of [this.#displaced, this.#contested]) {
      for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
    }
  }
}

/** What a ledger says when the same step may succeed a moment later. */
function isBusy(error: unknown): boolean {
  return error instanceof PoolError && error.code === "busy";
}

/** Undefined when the node does not answer or has no block; the template provider reports that. */
async function bestHeight(node: ChainNode): Promise<number | undefined> {
  try {
    return (await node.getBestBlockHeightAndHash())?.height;
  } catch {
    return undefined;
  }
}

/** What the first node says that says anything. */
async function sightingOf(
  block: WatchedBlock,
  nodes: readonly ChainNode[],
): Promise<BlockSighting> {
  let sighting: BlockSighting = { kind: "nothing", reason: "there is no node" };
  for (const node of nodes) {
    sighting = await askNode(node, block);
    if (sighting.kind !== "nothing") break;
  }
  return sighting;
}
