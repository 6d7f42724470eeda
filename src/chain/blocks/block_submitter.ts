import { deadline, displayHash, reasonOf, silentLogger, sleep } from "../../base/mod.ts";
import type { Clock, Logger } from "../../base/mod.ts";
import { type NodeVerdict, settleAtNode } from "./_settlement.ts";
import type { BlockNode } from "./block_node.ts";
import type { BlockSpool } from "./block_spool.ts";
import type { FinalVerdictState } from "./block_state.ts";
import type { BlockOutcome, FoundBlock } from "./found_block.ts";
import { type BlockMetrics, NO_BLOCK_METRICS } from "./metrics.ts";

/** Waits of a {@link BlockSubmitter}, in milliseconds. */
export interface BlockSubmitterOptions {
  /** Before the second, third ... submission to a node; then the block's state is "unknown". */
  readonly retryDelaysMs?: readonly number[];
  /** From "unknown" to the next round of submissions. */
  readonly roundDelayMs?: number;
  /** How long {@link BlockSubmitter.close} lets blocks be settled. */
  readonly closeGraceMs?: number;
  /** Bytes of blocks kept in memory while their fate is unknown. */
  readonly openLengthMax?: number;
}

/** What a {@link BlockSubmitter} works with. */
export interface BlockSubmitterModules {
  /** Every block goes to each of these at once. */
  readonly nodes: readonly BlockNode[];
  readonly spool: BlockSpool;
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly metrics?: BlockMetrics;
}

/**
 * Quick, because a block that is a second late may be one too late, and a node that restarts is back
 * within seconds; a minute in all. A node that is away costs a refused connection each time.
 */
const RETRY_DELAYS_MS: readonly number[] = [250, 500, ...Array<number>(58).fill(1_000)];
/** A node that was away for a minute comes back within many: one try a minute is no load. */
const ROUND_DELAY_MS = 60_000;
const CLOSE_GRACE_MS = 3_000;
/** 16 of the greatest blocks, or thousands of today's; older ones wait in the spool for the next start. */
const OPEN_LENGTH_MAX = 64 * 1024 * 1024;

/**
 * Blocks of an earlier run that are in their first round at one time. A node serves 100 connections,
 * and templates need some of them.
 */
const RECOVERED_AT_ONCE = 8;

/** What a log line says of a block. */
type NamedBlock = Pick<FoundBlock, "hash" | "height">;

interface OpenBlock {
  readonly found: FoundBlock;
  readonly settled: AbortController;
  /** Between two rounds: no call is under way. */
  waiting: boolean;
  /** Its first round is over. */
  readonly tried: PromiseWithResolvers<void>;
  done: Promise<void>;
}

/**
 * Brings found blocks to every node and stays with each until it is known what became of it.
 *
 * @example
 * const submitter = new BlockSubmitter({}, { nodes, spool, clock: systemClock });
 * submitter.outcomes((outcome) => console.log(outcome.height, outcome.state));
 * await submitter.recover();
 */
export class BlockSubmitter {
  readonly #options: Required<BlockSubmitterOptions>;
  readonly #modules: Required<BlockSubmitterModules>;
  readonly #open = new Map<string, OpenBlock>();
  readonly #listeners: ((outcome: BlockOutcome) => unknown)[] = [];
  readonly #closed = new AbortController();
  /** Ends the pauses between rounds that have begun. */
  #woken = new AbortController();
  #openLength = 0;
  #closing = false;

  constructor(options: BlockSubmitterOptions, modules: BlockSubmitterModules) {
    this.#options = {
      retryDelaysMs: options.retryDelaysMs ?? RETRY_DELAYS_MS,
      roundDelayMs: options.roundDelayMs ?? ROUND_DELAY_MS,
      closeGraceMs: options.closeGraceMs ?? CLOSE_GRACE_MS,
      openLengthMax: options.openLengthMax ?? OPEN_LENGTH_MAX,
    };
    this.#modules = {
      ...modules,
      logger: modules.logger ?? silentLogger,
      metrics: modules.metrics ?? NO_BLOCK_METRICS,
    };
  }

  /** Blocks whose fate is not known yet. */
  get openBlocks(): readonly FoundBlock[] {
    return [...this.#open.values()].map((open) => open.found);
  }

  /**
   * Hears every change of state from now on; a listener that throws is logged. One that keeps books
   * returns a promise: until those of a final outcome are fulfilled the block stays in the spool, so
   * that a process that is killed before tells of it again.
   */
  outcomes(listener: (outcome: BlockOutcome) => unknown): void {
    this.#listeners.push(listener);
  }

  /**
   * Writes the block into the spool and starts its submission to every node, all before this
   * returns. Never throws: a spool that fails is an alarm in the log, and the block goes out all
   * the same. A block that is already under way is ignored. After {@link close} a block is only
   * written, and submitted at the next start.
   */
  submit(found: FoundBlock): void {
    if (this.#open.has(displayHash(found.hash))) return;
    const startedAt = this.#modules.clock.monotonic();
    this.#spool("append", found, () => this.#modules.spool.append(found));
    if (!this.#closing) this.#start(found, startedAt);
    this.#modules.spool.flush().catch((thrown) => this.#spoolFailed("flush", found, thrown));
  }

  /**
   * Submits again what the spool holds from an earlier run, the newest first and 8 at a time;
   * resolves when the first are on their way.
   */
  recover(): Promise<void> {
    const { logger, spool } = this.#modules;
    let unfinished: FoundBlock[] = [];
    try {
      unfinished = spool.unfinished();
    } catch (thrown) {
      this.#modules.metrics.spoolFailures.increment();
      const message = `Cannot read the block spool: ${reasonOf(thrown)}`;
      logger.log("error", "block_spool_failed", message, { action: "read" });
    }
    for (const found of unfinished) {
      const fields = { height: found.height, hash: displayHash(found.hash) };
      const message = "A block of an earlier run is submitted again: its fate was not known";
      logger.log("warn", "block_recovered", message, fields);
    }
    // The newest may still win; the others are asked about behind it.
    const queue = unfinished.toReversed().values();
    for (let turn = 0; turn < RECOVERED_AT_ONCE; turn++) void this.#recoverAll(queue);
    return Promise.resolve();
  }

  /** Starts what is in the queue, the next one when the one before has had its first round. */
  async #recoverAll(queue: Iterable<FoundBlock>): Promise<void> {
    for (const found of queue) {
      const hash = displayHash(found.hash);
      if (this.#closing) return;
      if (!this.#open.has(hash)) this.#start(found, this.#modules.clock.monotonic());
      await this.#open.get(hash)?.tried.promise;
    }
  }

  /** A node may have come back: blocks that wait for their next round are tried at once. */
  wake(): void {
    this.#woken.abort();
    this.#woken = new AbortController();
  }

  /**
   * Gives what is under way a bounded time to be settled, then ends all calls. What is not settled
   * stays in the spool. The spool itself is the caller's to close.
   */
  async close(): Promise<void> {
    this.#closing = true;
    for (const open of this.#open.values()) if (open.waiting) open.settled.abort();
    const all = Promise.all([...this.#open.values()].map((open) => open.done));
    const grace = deadline(this.#modules.clock, this.#options.closeGraceMs);
    grace.signal.addEventListener("abort", () => {
      for (const open of this.#open.values()) open.settled.abort();
      this.#closed.abort();
    });
    await all;
    grace.done();
    this.#closed.abort();
  }

  #start(found: FoundBlock, startedAt: number): void {
    const settled = new AbortController();
    const tried = Promise.withResolvers<void>();
    const open: OpenBlock = { found, settled, waiting: false, tried, done: Promise.resolve() };
    this.#open.set(displayHash(found.hash), open);
    this.#openLength += found.block.length;
    this.#shelve();
    open.done = this.#run(open, startedAt).finally(() => {
      tried.resolve();
      this.#open.delete(displayHash(found.hash));
      this.#openLength -= found.block.length;
      this.#modules.metrics.open.set(this.#open.size);
    });
    this.#modules.metrics.open.set(this.#open.size);
    this.#tell(found, { state: "submitted" });
  }

  /** Rounds of submissions until it is known what became of the block. */
  async #run(open: OpenBlock, startedAt: number): Promise<void> {
    const { clock } = this.#modules;
    for (let round = 1; !open.settled.signal.aborted; round++) {
      const verdict = await this.#round(open, startedAt);
      if (verdict.state !== "unknown") return this.#finish(open.found, verdict.state, verdict);
      if (open.settled.signal.aborted) return;
      if (round === 1) this.#tell(open.found, verdict);
      open.waiting = true;
      open.tried.resolve();
      if (this.#closing) return;
      const pause = AbortSignal.any([open.settled.signal, this.#woken.signal]);
      await sleep(clock, this.#options.roundDelayMs, pause);
      open.waiting = false;
    }
  }

  /** The first node that has it on its best chain decides; else all are waited for. */
  async #round(open: OpenBlock, startedAt: number): Promise<NodeVerdict> {
    const { clock, metrics, nodes } = this.#modules;
    const round = new AbortController();
    const settled = AbortSignal.any([round.signal, open.settled.signal]);
    const context = {
      clock,
      retryDelaysMs: this.#options.retryDelaysMs,
      settled,
      closed: this.#closed.signal,
      onAnswer: (nodeUrl: string, answer: string) => {
        metrics.submitSeconds.observe((clock.monotonic() - startedAt) / 1000);
        this.#log("info", open.found, "block_answered", "a node has answered", { nodeUrl, answer });
      },
    };
    const verdicts = nodes.map((node) => settleAtNode(open.found, node, context));
    const accepted = Promise.withResolvers<NodeVerdict>();
    for (const pending of verdicts) {
      pending.then((verdict) => verdict.state === "accepted" && accepted.resolve(verdict));
    }
    const all = Promise.all(verdicts).then(mostTelling);
    const verdict = await Promise.race([accepted.promise, all]);
    round.abort();
    return verdict;
  }

  #finish(found: FoundBlock, state: FinalVerdictState, verdict: NodeVerdict): void {
    const { hash, height } = found;
    const heard = this.#tell(found, verdict);
    // The books may be away for long: the bytes of the block need not wait in memory with them.
    const mark = (): void =>
      this.#spool("mark", { hash, height }, () => this.#modules.spool.markDone(hash, state));
    if (heard.length === 0) mark();
    else Promise.all(heard).then(mark, () => this.#log("warn", { hash, height }, ...KEPT, {}));
  }

  /** @returns what the listeners wait for. */
  #tell(
    found: FoundBlock,
    news: Pick<BlockOutcome, "state" | "reason" | "nodeUrl">,
  ): Promise<unknown>[] {
    const { hash, height } = found;
    const heard: Promise<unknown>[] = [];
    const outcome: BlockOutcome = { hash, height, found, ...news };
    this.#modules.metrics.outcomes.increment(outcome.state);
    const [level, message] = SENTENCES[outcome.state];
    const { reason, nodeUrl } = outcome;
    this.#log(level, found, `block_${outcome.state}`, message, { reason, nodeUrl });
    for (const listener of this.#listeners) {
      try {
        const kept = listener(outcome);
        if (kept instanceof Promise) heard.push(kept);
      } catch (thrown) {
        const text = `A listener failed: ${reasonOf(thrown)}`;
        this.#log("error", found, "block_listener_failed", text, {});
      }
    }
    for (const kept of heard) kept.catch(() => {});
    return heard;
  }

  /** Keeps memory within its bound: blocks that only wait are left to the spool, oldest first. */
  #shelve(): void {
    let over = this.#openLength - this.#options.openLengthMax;
    for (const open of this.#open.values()) {
      if (over <= 0) return;
      if (!open.waiting || open.settled.signal.aborted) continue;
      over -= open.found.block.length;
      open.settled.abort();
      const message = "A block of unknown fate is left to the spool: too many wait";
      this.#log("error", open.found, "block_shelved", message, {});
    }
  }

  #spool(action: string, found: NamedBlock, write: () => void): void {
    try {
      write();
    } catch (thrown) {
      this.#spoolFailed(action, found, thrown);
    }
  }

  #spoolFailed(action: string, found: NamedBlock, thrown: unknown): void {
    this.#modules.metrics.spoolFailures.increment();
    const message = `the block spool fails, a block could be lost with this process: ` +
      reasonOf(thrown);
    this.#log("error", found, "block_spool_failed", message, { action });
  }

  #log(
    level: "info" | "warn" | "error",
    found: NamedBlock,
    event: string,
    message: string,
    fields: {
      nodeUrl?: string | undefined;
      reason?: string | undefined;
      [name: string]: string | undefined;
    },
  ): void {
    const { nodeUrl, ...others } = fields;
    this.#modules.logger.log(level, event, message, {
      height: found.height,
      hash: displayHash(found.hash),
      node: nodeUrl,
      ...others,
    });
  }
}

const SENTENCES = {
  submitted: ["info", "a block was found and is being submitted to every node"],
  accepted: ["info", "the block is on the best chain"],
  side_chain: ["warn", "the block is on a side chain: another block of its height came first"],
  rejected: ["error", "the block was rejected"],
  unknown: ["error", "no node has answered for this block; retrying"],
} as const;

/** Event and message of a block whose outcome its listeners could not keep. */
const KEPT = [
  "block_kept_in_spool",
  "the outcome of the block is not in the books; it is reported again at the next start",
] as const;

/** A node that has the block outweighs one that refuses it, and that one a node that is silent. */
function mostTelling(verdicts: readonly NodeVerdict[]): NodeVerdict {
  for (const state of ["accepted", "side_chain", "rejected"] as const) {
    const verdict = verdicts.find((candidate) => candidate.state === state);
    if (verdict !== undefined) return verdict;
  }
  return verdicts[0] ?? { state: "unknown", reason: "no node is configured", nodeUrl: "" };
}
