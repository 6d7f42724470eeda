/**
 * Follows one node: knows its newest template and whether work can be had from it.
 *
 * Two loops ask at once. The long poll brings news within milliseconds. The plain poll asks every
 * interval for the best block only (0.4 ms; a template of a full block has 5 MB and takes 35 ms to
 * read and parse) and fetches the template when that is not its parent, so that a long poll that
 * was dropped, or never answers, delays work by one interval at most. Every answer is an old one until proved otherwise: the node
 * may have made it before and sent it after another that is newer.
 *
 * @module
 */
import { equalBytes, hashFromDisplay, judgeAfter, Pause } from "../../base/mod.ts";
import type { Clock } from "../../base/mod.ts";
import { RpcError } from "../../platform/rpc/mod.ts";
import { type BlockTemplate, parseBlockTemplate } from "../zcash/mod.ts";
import { Pace } from "./_pace.ts";
import type { TemplateProviderMetrics, TemplateSource } from "./metrics.ts";
import type { CallOptions, NodeClient } from "../node/mod.ts";
import { type NodeTrouble, silentTrouble, staleTrouble, troubleOf } from "./node_trouble.ts";

/** Whether work can be had from the node. */
export type NodeState =
  | { readonly kind: "starting" }
  | { readonly kind: "usable" }
  | {
    readonly kind: "unusable";
    readonly trouble: NodeTrouble;
    /**
     * Work on its last template is void: its tip is known to be another block than that parent, or
     * the template has turned out to be wrong.
     */
    readonly movedOn: boolean;
  };

/** What a follower tells; called synchronously. */
export interface FollowerListener {
  /** A new template; `follower.latest` already is this one. */
  onTemplate(template: BlockTemplate): void;
  /** The state changed, or the kind of trouble did, or the tip has moved on meanwhile. */
  onState(state: NodeState): void;
}

/** Times in milliseconds. */
export interface FollowerOptions {
  readonly pollIntervalMs: number;
  /** Without a confirmation for this long the node counts as silent. */
  readonly silenceMs: number;
}

/** What a follower works with. */
export interface FollowerModules {
  readonly node: NodeClient;
  readonly clock: Clock;
  readonly metrics: TemplateProviderMetrics;
  /** Throws a TemplateError for a template that no job can be made of. */
  readonly check: (template: BlockTemplate, node: NodeClient) => void;
  /** Rejects for a node that no work may come from, whatever its templates are. */
  readonly admit: (node: NodeClient, options: CallOptions) => Promise<void>;
}

/** The bound of the waits between failed polls: a node that is back is found within 5 s. */
const BACKOFF_MAX_MS = 5_000;
/**
 * How often the plain poll fetches a template although the tip has not moved: a silent long poll
 * then hides new transactions, a lost sync or a lost miner address for no longer.
 */
const FULL_POLL_MS = 10_000;
/** A new tip is two long polls (empty, then full); five tips may come at once, then five a second. */
const LONG_POLL_PACE = { burst: 10, everyMs: 200 };

/** What is known of the call that an answer answers. */
interface Question {
  /** Its number in the follower's sequence. */
  readonly asked: number;
  /** The moment at which the answer held, as far as can be said. */
  readonly confirmedAt: number;
  readonly source: TemplateSource;
}

interface LongPoll {
  readonly id: string;
  readonly controller: AbortController;
}

export class NodeFollower {
  readonly #options: FollowerOptions;
  readonly #modules: FollowerModules;
  readonly #listener: FollowerListener;
  readonly #stopped = new AbortController();
  readonly #pollPause: Pause;
  readonly #longPollPause: Pause;
  readonly #longPollPace = new Pace(LONG_POLL_PACE);
  readonly #loops: Promise<void>[] = [];
  #state: NodeState = { kind: "starting" };
  #latest: BlockTemplate | undefined;
  /** Counts questions and changes of parent, to tell which came first. */
  #sequence = 0;
  #parentSequence = 0;
  #latestSince = -Infinity;
  #confirmedAt: number | undefined;
  #fullPollAt = -Infinity;
  #failures = 0;
  #movedOn = false;
  #longPoll: LongPoll | undefined;
  #cancelSilence: () => void = () => {};

  constructor(options: FollowerOptions, modules: FollowerModules, listener: FollowerListener) {
    this.#options = options;
    this.#modules = modules;
    this.#listener = listener;
    this.#pollPause = new Pause(modules.clock);
    this.#longPollPause = new Pause(modules.clock);
  }

  get url(): string {
    return this.#modules.node.url;
  }

  get state(): NodeState {
    return this.#state;
  }

  /** The newest template, also while the node is unusable. */
  get latest(): BlockTemplate | undefined {
    return this.#latest;
  }

  /** Monotonic time at which the node surely built on the parent of {@link latest}. */
  get confirmedAt(): number | undefined {
    return this.#confirmedAt;
  }

  start(): void {
    this.#watchSilence();
    this.#loops.push(this.#pollLoop(), this.#longPollLoop());
  }

  /** Has the newest template checked again; one that fails is forgotten. */
  recheck(): void {
    const { check, node } = this.#modules;
    if (this.#latest === undefined || this.#stopped.signal.aborted) return;
    try {
      check(this.#latest, node);
    } catch (thrown) {
      // Were it kept, the next answer with its id would count as known and good.
      this.#latest = undefined;
      this.#movedOn = true;
      this.#setUnusable(troubleOf(thrown));
    }
  }

  /** Ends both loops and their calls; resolves when none is left. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#cancelSilence();
    this.#pollPause.end();
    this.#longPollPause.end();
    this.#longPoll?.controller.abort();
    await Promise.all(this.#loops);
  }

  async #pollLoop(): Promise<void> {
    const { clock } = this.#modules;
    while (!this.#stopped.signal.aborted) {
      const startedAt = clock.monotonic();
      try {
        await this.#poll(startedAt);
        this.#failures = 0;
      } catch (thrown) {
        if (this.#stopped.signal.aborted) return;
        this.#pollFailed(thrown);
      }
      const interval = this.#options.pollIntervalMs;
      const backoff = Math.min(interval * 2 ** Math.max(0, this.#failures - 1), BACKOFF_MAX_MS);
      const elapsed = clock.monotonic() - startedAt;
      await this.#pollPause.wait(Math.max(backoff - elapsed, interval / 2));
    }
  }

  async #poll(startedAt: number): Promise<void> {
    const { node, admit } = this.#modules;
    const signal = this.#stopped.signal;
    this.#giveUpSilentLongPoll(startedAt);
    const latest = this.#latest;
    if (latest !== undefined) {
      const best = await node.getBestBlockHeightAndHash({ signal });
      this.#movedOn = best === undefined || !equalBytes(best.hash, latest.previousBlockHash);
      const due = startedAt - this.#fullPollAt >= FULL_POLL_MS;
      if (!this.#movedOn && !due && this.#state.kind === "usable") return this.#confirm(startedAt);
    }
    // The node makes this answer after the question above was answered, so it knows the tip.
    const askedAt = this.#modules.clock.monotonic();
    const asked = ++this.#sequence;
    const answer = await node.getBlockTemplate({ signal });
    // One that comes back may be another node than before. Asked behind the template, so that a
    // node that has none says why in its own words.
    if (this.#state.kind !== "usable") await admit(node, { signal });
    this.#take(answer, { asked, confirmedAt: askedAt, source: "poll" });
    this.#fullPollAt = askedAt;
  }

  #pollFailed(thrown: unknown): void {
    this.#failures++;
    // One failure of a node that worked may be a passing one (a tip that is just changing); the
    // next poll tells. A template that is wrong is not asked for twice.
    const passing = thrown instanceof RpcError && this.#state.kind === "usable";
    if (!passing || this.#failures > 1) this.#setUnusable(troubleOf(thrown));
  }

  async #longPollLoop(): Promise<void> {
    const { clock, metrics } = this.#modules;
    while (!this.#stopped.signal.aborted) {
      const waitMs = this.#latest === undefined || this.#state.kind !== "usable"
        ? Infinity
        : this.#longPollPace.take(clock.monotonic());
      if (waitMs > 0) await this.#longPollPause.wait(waitMs);
      const latest = this.#latest;
      if (latest === undefined || this.#state.kind !== "usable") continue;
      const failed = await this.#longPollOnce(latest.longPollId);
      if (!failed || this.#stopped.signal.aborted) continue;
      metrics.longPollsLost.increment();
      // The plain poll finds out at once what is the matter; meanwhile no new one is tried.
      this.#pollPause.wake();
      await this.#longPollPause.wait(this.#options.pollIntervalMs);
    }
  }

  /** True when it ended by a failure. */
  async #longPollOnce(id: string): Promise<boolean> {
    if (this.#stopped.signal.aborted) return false;
    const controller = new AbortController();
    this.#longPoll = { id, controller };
    const { clock, node } = this.#modules;
    const asked = ++this.#sequence;
    try {
      const options = { longPollId: id, signal: controller.signal };
      const answer = await node.getBlockTemplate(options);
      // It is answered when there is news, so the answer is as young as it can be.
      this.#take(answer, { asked, confirmedAt: clock.monotonic(), source: "long_poll" });
      return false;
    } catch (thrown) {
      if (!(thrown instanceof RpcError) || thrown.kind === "malformed") {
        if (!this.#stopped.signal.aborted) this.#setUnusable(troubleOf(thrown));
        return true;
      }
      // Its time is up: on a quiet chain a long poll has nothing to say for minutes.
      return thrown.kind !== "timeout";
    } finally {
      this.#longPoll = undefined;
    }
  }

  /**
   * A node answers a long poll at once when it has other work than the one of the id; one that
   * still says nothing an interval after the plain poll brought other work will never speak.
   */
  #giveUpSilentLongPoll(now: number): void {
    const open = this.#longPoll;
    if (open === undefined || open.id === this.#latest?.longPollId) return;
    if (now - this.#latestSince >= this.#options.pollIntervalMs) open.controller.abort();
  }

  /** Takes an answer of getblocktemplate. Throws when it is refused. */
  #take(answer: unknown, question: Question): void {
    if (this.#stopped.signal.aborted) return;
    const { confirmedAt } = question;
    const template = this.#sameAsLatest(answer) ? this.#latest : parseBlockTemplate(answer);
    const sameParent = template !== undefined && this.#latest !== undefined &&
      equalBytes(this.#latest.previousBlockHash, template.previousBlockHash);
    // The node has said that its tip is another block: this is an old answer, or one of a node whose
    // templates have stopped. Only its word on the tip takes that back.
    if (sameParent && this.#movedOn) return;
    if (template === undefined || template === this.#latest) return this.#confirm(confirmedAt);
    if (!sameParent && this.#parentSequence > question.asked) {
      // Another parent was learnt while this was under way; which one is newer only a question
      // asked from now on can tell.
      this.#fullPollAt = -Infinity;
      this.#pollPause.wake();
      return;
    }
    this.#check(template, sameParent);
    this.#latest = template;
    this.#latestSince = this.#modules.clock.monotonic();
    if (!sameParent) this.#parentSequence = ++this.#sequence;
    this.#modules.metrics.templates.increment(question.source);
    const wasUsable = this.#state.kind === "usable";
    this.#confirm(confirmedAt);
    // Becoming usable has told of the template already.
    if (wasUsable) this.#listener.onTemplate(template);
  }

  /** Throws when no job can be made of the template. */
  #check(template: BlockTemplate, sameParent: boolean): void {
    try {
      this.#modules.check(template, this.#modules.node);
    } catch (thrown) {
      // It is not to be mined, but it says that the node has left the last one's parent.
      if (!sameParent) this.#movedOn = true;
      throw thrown;
    }
  }

  /** Spares the reading of megabytes that are known. */
  #sameAsLatest(answer: unknown): boolean {
    if (this.#latest === undefined) return false;
    const fields = Object(answer) as { longpollid?: unknown; previousblockhash?: unknown };
    if (fields.longpollid !== this.#latest.longPollId) return false;
    try {
      const parent = hashFromDisplay(String(fields.previousblockhash));
      return equalBytes(parent, this.#latest.previousBlockHash);
    } catch {
      return false;
    }
  }

  #confirm(at: number): void {
    if (this.#stopped.signal.aborted) return;
    this.#confirmedAt = Math.max(at, this.#confirmedAt ?? -Infinity);
    this.#watchSilence();
    this.#failures = 0;
    this.#movedOn = false;
    this.#setState({ kind: "usable" });
  }

  #watchSilence(): void {
    this.#cancelSilence();
    const { silenceMs } = this.#options;
    this.#cancelSilence = judgeAfter(this.#modules.clock, silenceMs, () => {
      const trouble = this.#movedOn
        ? staleTrouble(silenceMs)
        : silentTrouble(`The node has not answered for ${silenceMs} ms`);
      // A node that answers with errors has its trouble already.
      if (this.#state.kind !== "unusable") this.#setUnusable(trouble);
    });
  }

  #setUnusable(trouble: NodeTrouble): void {
    this.#setState({ kind: "unusable", trouble, movedOn: this.#movedOn });
  }

  #setState(state: NodeState): void {
    if (sameState(state, this.#state)) return;
    this.#state = state;
    if (state.kind === "usable") this.#longPollPause.wake();
    this.#listener.onState(state);
  }
}

/** The words of a trouble may change with every answer; its kind is what counts. */
function sameState(a: NodeState, b: NodeState): boolean {
  if (a.kind !== "unusable" || b.kind !== "unusable") return a.kind === b.kind;
  return a.trouble.state === b.trouble.state && a.movedOn === b.movedOn;
}
