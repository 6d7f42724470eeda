import type { Clock } from "../../base/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import { inSlices } from "./_in_slices.ts";
import { News } from "./_news.ts";
import type { ServiceRefusal } from "./facts.ts";
import type { MinerIdentity } from "./miner_identity.ts";

/** Why clients are turned away while there is no work; stands in the log and is not sent. */
const NO_WORK = "the pool has no work";

/** How often a drain asks some of the miners to go. */
const DRAIN_STEP_MS = 100;

/** How often vardiff polls every channel. */
const TICK_MS = 1_000;

/** Somebody who mines on a conversation. */
export interface WorkingMiner {
  readonly miner: MinerIdentity;
  /** The target of the jobs to come. */
  readonly target: bigint;
}

/** Somebody who is connected, as an operator's list has it. */
export interface ConnectedMiner extends WorkingMiner {
  /** What the miner's software calls itself; empty where it says nothing. Untrusted. */
  readonly agent: string;
  /** Unix milliseconds. */
  readonly sinceMs: number;
}

/** One connection's conversation with its miner, whatever it is spoken in. */
export interface Conversation {
  /** What the miner's software calls itself; empty where it says nothing. Untrusted. */
  readonly agent: string;
  /** Who mines on it. */
  miners(): Iterable<WorkingMiner>;
  /** Channels that are open. */
  readonly channelCount: number;
  /** Shares whose miner waits for an answer. */
  readonly pendingShares: number;
  /** Runs until the connection ends; never rejects. */
  run(): Promise<void>;
  /** Sends new work, in the steps of what it returns. @param cleanJobs older work is void. */
  broadcast(template: JobTemplate, cleanJobs: boolean): Iterable<void>;
  /** Moves what time moves, in the steps of what it returns; called about once a second. */
  tick(): Iterable<void>;
  /** Asks the miner to come back later, to the same address, and ends. */
  reconnect(reason: string): void;
  /** Closes every channel and tells the miner why. */
  closeChannels(reason: ServiceRefusal): void;
}

/** What is served: a connection of any kind. */
interface Served {
  close(reason: string): void;
}

/** Makes the conversation on a connection. @param refusal why no channel may be opened now. */
export type MakeConversation<C> = (
  connection: C,
  refusal: () => ServiceRefusal | undefined,
) => Conversation;

/** All connections of this process that speak one protocol. */
export class ConversationServer<C extends Served> {
  readonly #clock: Clock;
  readonly #make: MakeConversation<C>;
  readonly #conversations = new Map<Conversation, { connection: C; sinceMs: number }>();
  readonly #news: News;
  #cancelTick: (() => void) | undefined;
  #isStopped = false;
  /** Why nobody is served; undefined while work can be had or is awaited. */
  #refusal: string | undefined;
  /** Why nobody new is served for good; undefined until the end begins. */
  #ending: string | undefined;
  /** True while the pool owes as much as it lets itself owe. */
  #atCap = false;

  constructor(make: MakeConversation<C>, modules: { readonly clock: Clock }) {
    this.#make = make;
    this.#clock = modules.clock;
    this.#news = new News(modules.clock);
    this.#tick();
  }

  /** Serves one connection until it ends; never rejects. */
  async serve(connection: C): Promise<void> {
    const refusal = this.#ending ?? this.#refusal;
    if (refusal !== undefined) return connection.close(refusal);
    const conversation = this.#make(connection, () => this.#atCap ? "liability-cap" : undefined);
    this.#conversations.set(conversation, { connection, sinceMs: this.#clock.now() });
    try {
      await conversation.run();
    } finally {
      this.#conversations.delete(conversation);
      this.#news.forget(conversation);
    }
  }

  /** Who is connected now. */
  *connected(): Iterable<ConnectedMiner> {
    for (const [conversation, { sinceMs }] of this.#conversations) {
      const { agent } = conversation;
      for (const working of conversation.miners()) yield { ...working, agent, sinceMs };
    }
  }

  /** Channels that are open. */
  get channelCount(): number {
    let count = 0;
    for (const conversation of this.#conversations.keys()) count += conversation.channelCount;
    return count;
  }

  /** Shares whose miners wait for an answer. */
  get pendingShares(): number {
    let pending = 0;
    for (const conversation of this.#conversations.keys()) pending += conversation.pendingShares;
    return pending;
  }

  /**
   * Sends new work to everybody: at once where they are few, else in slices of time, in which they
   * take turns, so that a connection with a thousand channels keeps nobody waiting for a job. Who has
   * not got it when newer work comes gets that.
   */
  broadcast(template: JobTemplate, cleanJobs: boolean): void {
    this.#news.announce(this.#conversations.keys(), template, cleanJobs);
  }

  /** Lets new connections in, or turns them away while there is no work and none in sight. */
  admit(open: boolean): void {
    this.#refusal = open ? undefined : NO_WORK;
  }

  /**
   * At the cap of what the pool lets itself owe, open channels are closed and none is opened, with
   * the reason `liability-cap`. Below it everything is as before.
   */
  limitLiability(atCap: boolean): void {
    if (atCap === this.#atCap) return;
    this.#atCap = atCap;
    if (!atCap) return;
    for (const conversation of this.#conversations.keys()) {
      conversation.closeChannels("liability-cap");
    }
  }

  /** Ends every connection; the reason is for the log, miners are told none. */
  closeAll(reason: string): void {
    for (const { connection } of this.#conversations.values()) connection.close(reason);
  }

  /**
   * Serves nobody new from now on and asks who is connected to come back, evenly over a time: where
   * other processes serve the same address, they are not stormed. Who waits for an answer is passed
   * over until it has come. Resolves when the time is over or nobody is left to ask; who still waits
   * for an answer then stays until {@link stop}.
   */
  drain(reason: string, overMs: number): Promise<void> {
    this.#ending = reason;
    const until = this.#clock.monotonic() + overMs;
    const asked = new Set<Conversation>();
    return new Promise((resolve) => {
      const step = (): void => {
        const leftMs = Math.max(0, until - this.#clock.monotonic());
        this.#askUpTo(leftMs === 0 ? 1 : 1 - leftMs / overMs, reason, asked);
        const isDone = [...this.#conversations.keys()].every((one) => asked.has(one));
        if (isDone || leftMs === 0) return resolve();
        this.#clock.after(Math.min(DRAIN_STEP_MS, leftMs), step);
      };
      step();
    });
  }

  /** Asks everybody to come back later and serves nobody from now on. */
  stop(reason: string): void {
    this.#ending = reason;
    this.#isStopped = true;
    this.#cancelTick?.();
    for (const conversation of this.#conversations.keys()) conversation.reconnect(reason);
  }

  /** Asks who waits for nothing, until `part` (0 to 1) of all has been asked since the beginning. */
  #askUpTo(part: number, reason: string, asked: Set<Conversation>): void {
    const waiting = [...this.#conversations.keys()].filter((one) => !asked.has(one));
    const due = Math.round(part * (asked.size + waiting.length)) - asked.size;
    const free = waiting.filter(({ pendingShares }) => pendingShares === 0);
    for (const conversation of free.slice(0, Math.max(0, due))) {
      asked.add(conversation);
      conversation.reconnect(reason);
    }
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(TICK_MS, () => {
      // Another tick begins when this one has ended.
      void inSlices(this.#clock, this.#ticks()).then(() => {
        if (!this.#isStopped) this.#tick();
      });
    });
  }

  *#ticks(): Generator<void, void> {
    for (const conversation of this.#conversations.keys()) {
      yield* conversation.tick();
      yield;
    }
  }
}
