import { assert, displayHash, equalBytes, judgeAfter, silentLogger } from "../../base/mod.ts";
import type { Clock, Logger } from "../../base/mod.ts";
import type { BlockTemplate } from "../zcash/mod.ts";
import { Coalescer } from "./_coalescer.ts";
import { EventMailbox } from "./_event_mailbox.ts";
import { NodeFollower, type NodeState } from "./_node_follower.ts";
import { StandbyWatch } from "./_standby_watch.ts";
import { NO_TEMPLATE_PROVIDER_METRICS, type TemplateProviderMetrics } from "./metrics.ts";
import type { BestBlock, CallOptions, NodeClient } from "../node/mod.ts";
import type { NodeTroubleState } from "./node_trouble.ts";
import type { TemplateEvent } from "./template_event.ts";

/** Times in milliseconds. */
export interface TemplateProviderOptions {
  /** Between two plain polls. */
  readonly pollIntervalMs?: number;
  /** A node that has confirmed nothing for this long is left for the next one. */
  readonly failoverTimeoutMs?: number;
  /** How long an empty template on a new parent waits for a full one. */
  readonly coalesceMs?: number;
}

/** What a {@link TemplateProvider} works with. */
export interface TemplateProviderModules {
  /** In order of preference. */
  readonly nodes: readonly NodeClient[];
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly metrics?: TemplateProviderMetrics;
  /**
   * Throws a TemplateError for a well-formed template that no job can be made of: the node then
   * counts as unusable, so that the next one can take over. Called once for each new template, and
   * by {@link TemplateProvider.recheck}.
   */
  readonly check?: (template: BlockTemplate, node: NodeClient) => void;
  /**
   * Rejects for a node that no work may come from, whatever its templates are: with
   * OtherNetworkError, or as a call fails. Called before a node's first template is used, and again
   * whenever it was unusable.
   */
  readonly admit?: (node: NodeClient, options: CallOptions) => Promise<void>;
}

/** One node as an operator sees it. */
export interface NodeStatus {
  readonly url: string;
  /** `active`: gives the work; `followed`: asked as well; `standby`: not asked now. */
  readonly role: "active" | "followed" | "standby";
  readonly state: "usable" | "unknown" | NodeTroubleState;
  readonly reason: string | undefined;
  /** Of the block that its newest template makes. */
  readonly height: number | undefined;
}

const POLL_INTERVAL_MS = 500;
const FAILOVER_TIMEOUT_MS = 5_000;
/** Some seven times what Zebra takes from the empty to the full template. */
const COALESCE_MS = 20;

/** Troubles that do not pass by themselves and are no matter of reaching the node. */
const LASTING: ReadonlySet<NodeTroubleState> = new Set(["bad_template", "other_network"]);

/** A node that templates may come from and, while it is asked, its follower. */
interface Upstream {
  readonly node: NodeClient;
  follower: NodeFollower | undefined;
  /** Monotonic time of the last start of its follower. */
  startedAt: number;
  /** Its tip is known to descend from the one that is worked on: it is asked out of its turn. */
  leads: boolean;
  /** The state that was logged last. */
  logged: string;
  cancelFailover: () => void;
}

/**
 * Turns conversations with one or several nodes into a stream of templates.
 *
 * The first node is always followed; the next one only when all before it have confirmed nothing
 * for `failoverTimeoutMs`, or when it has gone on while the tip of the one that gives the work stands
 * still. The first usable one in order gives the work, unless such a one leads. A node of higher rank
 * that comes back takes over as soon as it is not behind, and the others are let go.
 *
 * @example
 * const provider = new TemplateProvider({}, { nodes, clock: systemClock });
 * for await (const event of provider.events()) {
 *   if (event.kind === "template") console.log(event.template.height);
 * }
 */
export class TemplateProvider {
  readonly #options: Required<TemplateProviderOptions>;
  readonly #modules: Required<TemplateProviderModules>;
  readonly #upstreams: readonly Upstream[];
  readonly #mailbox = new EventMailbox();
  readonly #coalescer: Coalescer;
  readonly #standbyWatch: StandbyWatch;
  readonly #stopping = new Set<Promise<void>>();
  #active: Upstream | undefined;
  /** The parent of the work that goes out, and since when (monotonic). */
  #tip: { readonly hash: Uint8Array; readonly since: number } | undefined;
  #toldTrouble = "";
  /** Of followers that were let go. */
  #formerConfirmedAt: number | undefined;
  #begunAt = 0;
  #begun = false;
  #closed = false;

  constructor(options: TemplateProviderOptions, modules: TemplateProviderModules) {
    this.#options = {
      pollIntervalMs: options.pollIntervalMs ?? POLL_INTERVAL_MS,
      failoverTimeoutMs: options.failoverTimeoutMs ?? FAILOVER_TIMEOUT_MS,
      coalesceMs: options.coalesceMs ?? COALESCE_MS,
    };
    this.#modules = {
      ...modules,
      logger: modules.logger ?? silentLogger,
      metrics: modules.metrics ?? NO_TEMPLATE_PROVIDER_METRICS,
      check: modules.check ?? (() => {}),
      admit: modules.admit ?? (() => Promise.resolve()),
    };
    this.#upstreams = modules.nodes.map((node) => ({
      node,
      follower: undefined,
      startedAt: 0,
      leads: false,
      logged: "",
      cancelFailover: () => {},
    }));
    const { clock } = modules;
    this.#coalescer = new Coalescer(this.#options.coalesceMs, clock, (template) => {
      this.#emit(template);
    });
    this.#standbyWatch = new StandbyWatch({
      clock,
      tip: () => this.#workedOn(),
      standbys: () =>
        this.#upstreams.filter(({ follower }) => follower === undefined).map(({ node }) => node),
      onAhead: (node, height) => this.#lead(node, height),
    });
  }

  /**
   * Begins to ask. A slow reader gets the newest template and the newest word on usability only.
   * May be called once; ends after {@link close}.
   */
  events(): AsyncIterable<TemplateEvent> {
    assert(!this.#begun, "the events of a template provider are read once");
    this.#begun = true;
    this.#begunAt = this.#modules.clock.monotonic();
    if (!this.#closed) {
      this.#follow(0);
      this.#standbyWatch.start();
    }
    return this.#mailbox;
  }

  /**
   * Monotonic time, in milliseconds, at which a node last confirmed that the newest template
   * builds on its tip; undefined before the first. The age of a template counts from here.
   */
  get lastConfirmedAt(): number | undefined {
    let last: number | undefined;
    for (const { follower } of this.#upstreams) {
      const at = follower?.confirmedAt;
      if (at !== undefined && (last === undefined || at > last)) last = at;
    }
    return last ?? this.#formerConfirmedAt;
  }

  /** Every node, in order of preference. */
  status(): NodeStatus[] {
    return this.#upstreams.map((upstream) => {
      const state = upstream.follower?.state;
      return {
        url: upstream.node.url,
        role: upstream === this.#active ? "active" : state === undefined ? "standby" : "followed",
        state: state?.kind === "unusable"
          ? state.trouble.state
          : state?.kind === "usable"
          ? "usable"
          : "unknown",
        reason: state?.kind === "unusable" ? state.trouble.reason : undefined,
        height: upstream.follower?.latest?.height,
      };
    });
  }

  /**
   * Has the newest templates checked once more, after what they are held against has changed. A
   * node whose template does not pass any more counts as unusable, and work on it as void.
   */
  recheck(): void {
    for (const { follower } of this.#upstreams) follower?.recheck();
  }

  /** Ends all calls and the stream; resolves when no connection is left. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#coalescer.drop();
    for (const upstream of this.#upstreams) this.#letGo(upstream);
    this.#mailbox.close();
    await Promise.all([...this.#stopping, this.#standbyWatch.close()]);
  }

  #follow(index: number): void {
    const upstream = this.#upstreams[index];
    if (upstream === undefined || upstream.follower !== undefined) return;
    const { clock, metrics, check, admit } = this.#modules;
    const { pollIntervalMs, failoverTimeoutMs } = this.#options;
    const follower = new NodeFollower(
      { pollIntervalMs, silenceMs: failoverTimeoutMs },
      { node: upstream.node, clock, metrics, check, admit },
      {
        onTemplate: () => this.#choose(upstream),
        onState: (state) => this.#stateChanged(upstream, index, state),
      },
    );
    upstream.follower = follower;
    upstream.startedAt = clock.monotonic();
    follower.start();
  }

  #letGo(upstream: Upstream): void {
    upstream.cancelFailover();
    const { follower } = upstream;
    if (follower === undefined) return;
    this.#formerConfirmedAt = this.lastConfirmedAt;
    upstream.follower = undefined;
    upstream.leads = false;
    const stopping = follower.stop().finally(() => this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
  }

  #stateChanged(upstream: Upstream, index: number, state: NodeState): void {
    this.#logState(upstream, state);
    upstream.cancelFailover();
    if (state.kind === "unusable") {
      const { clock } = this.#modules;
      const since = upstream.follower?.confirmedAt ?? upstream.startedAt;
      const waitMs = Math.max(0, since + this.#options.failoverTimeoutMs - clock.monotonic());
      upstream.cancelFailover = judgeAfter(clock, waitMs, () => this.#follow(index + 1));
    }
    this.#choose(upstream);
  }

  /** Decides who gives the work after a node got a new template or state. */
  #choose(changed: Upstream): void {
    const best = this.#upstreams.find((upstream) =>
      isUsable(upstream) && !this.#isLeftBehind(upstream)
    );
    if (best === undefined) return this.#noneUsable();
    const active = this.#active;
    if (active !== undefined && active !== best && isUsable(active) && isBehind(best, active)) {
      // It catches up; until then the work of the other one is on the longer chain.
      if (changed === active) this.#offer(active);
      return;
    }
    if (active !== best) this.#activate(best);
    if (active !== best || changed === best) this.#offer(best);
  }

  /**
   * Whether another node has gone on from this one's tip: work on it is worth nothing, also while that
   * other one has none to give.
   */
  #isLeftBehind(upstream: Upstream): boolean {
    return this.#upstreams.some((other) => other.leads && isBehind(upstream, other));
  }

  /** The parent of the work that goes out. */
  #workedOn(): BestBlock & { since: number } | undefined {
    const latest = this.#active?.follower?.latest;
    if (latest === undefined) return undefined;
    const { height, previousBlockHash: hash } = latest;
    return { height: height - 1, hash, since: this.#tip?.since ?? 0 };
  }

  /** A node that is not asked has gone on without the active one: it is asked from now on. */
  #lead(node: NodeClient, height: number): void {
    const index = this.#upstreams.findIndex((upstream) => upstream.node === node);
    const upstream = this.#upstreams[index];
    const active = this.#active;
    if (upstream === undefined || active === undefined || this.#closed) return;
    const message =
      "the node that gives the work is stuck on an old tip, another node is ahead: check its peers";
    const fields = { node: active.node.url, height: active.follower?.latest?.height };
    this.#modules.logger.log("error", "node_left_behind", message, {
      ...fields,
      other: node.url,
      other_height: height + 1,
    });
    upstream.leads = true;
    this.#follow(index);
  }

  #activate(upstream: Upstream): void {
    const { logger, metrics } = this.#modules;
    const hadActive = this.#active !== undefined;
    this.#active = upstream;
    metrics.connected.set(1);
    if (hadActive) {
      metrics.failovers.increment();
      const message = "work comes from another node now";
      logger.log("warn", "node_changed", message, { node: upstream.node.url });
    } else {
      this.#toldTrouble = "";
      this.#mailbox.put({ kind: "usable" });
    }
    const index = this.#upstreams.indexOf(upstream);
    for (const other of this.#upstreams.slice(index + 1)) this.#letGo(other);
  }

  #noneUsable(): void {
    const troubles = this.#upstreams.flatMap(({ node, follower }) => {
      const state = follower?.state;
      const { url } = node;
      return state?.kind === "unusable" ? [{ url, ...state.trouble, movedOn: state.movedOn }] : [];
    });
    if (troubles.length === 0) return;
    const parentLost = troubles.some(({ movedOn }) => movedOn);
    // What is held back would be void in the moment of its telling.
    if (parentLost) this.#coalescer.drop();
    else this.#coalescer.flush();
    this.#active = undefined;
    this.#modules.metrics.connected.set(0);
    const key = JSON.stringify(troubles.map(({ url, state, movedOn }) => [url, state, movedOn]));
    if (key === this.#toldTrouble) return;
    this.#toldTrouble = key;
    const reason = troubles.map((trouble) => `${trouble.url}: ${trouble.reason}`).join("; ");
    const since = this.lastConfirmedAt ?? this.#begunAt;
    const sinceMs = this.#modules.clock.monotonic() - since;
    this.#mailbox.put({
      kind: "unusable",
      reason,
      sinceMs,
      ...(parentLost ? { parentLost } : {}),
    });
  }

  #offer(upstream: Upstream): void {
    const template = upstream.follower?.latest;
    if (template !== undefined) this.#coalescer.offer(template);
  }

  #emit(template: BlockTemplate): void {
    const hash = template.previousBlockHash;
    if (this.#tip === undefined || !equalBytes(this.#tip.hash, hash)) this.#tipMoved(hash);
    const nodeUrl = this.#active?.node.url ?? "";
    this.#modules.logger.log("debug", "template", "template handed out", {
      node: nodeUrl,
      height: template.height,
      parent: displayHash(hash),
      transactions: template.transactions.length,
    });
    this.#mailbox.put({ kind: "template", template, nodeUrl });
  }

  /** A node that led is let go when the one that gives the work has caught up by itself. */
  #tipMoved(hash: Uint8Array): void {
    this.#tip = { hash, since: this.#modules.clock.monotonic() };
    const active = this.#active;
    for (const upstream of this.#upstreams) {
      const caughtUp = active !== undefined && upstream !== active && !isBehind(active, upstream);
      if (upstream.leads && caughtUp) this.#letGo(upstream);
    }
  }

  #logState(upstream: Upstream, state: NodeState): void {
    const { logger } = this.#modules;
    const node = upstream.node.url;
    const known = state.kind === "unusable" ? state.trouble.state : state.kind;
    if (known === upstream.logged) return;
    upstream.logged = known;
    if (state.kind === "unusable") {
      const { state: trouble, reason } = state.trouble;
      const level = LASTING.has(trouble) ? "error" : "warn";
      logger.log(level, "node_unusable", reason, { node, trouble });
    } else if (state.kind === "usable") {
      const height = upstream.follower?.latest?.height;
      logger.log("info", "node_usable", "the node gives work", { node, height });
    }
  }
}

function isUsable(upstream: Upstream): boolean {
  return upstream.follower?.state.kind === "usable" && upstream.follower.latest !== undefined;
}

function isBehind(upstream: Upstream, other: Upstream): boolean {
  return (upstream.follower?.latest?.height ?? 0) < (other.follower?.latest?.height ?? 0);
}
