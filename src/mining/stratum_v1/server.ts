import type { JobTemplate } from "../../chain/jobs/mod.ts";
import type { LineConnection } from "../../wire/transport/mod.ts";
import { JobLines } from "./job_lines.ts";
import type { StratumServerModules, StratumServerOptions } from "./options.ts";
import { StratumSession } from "./session.ts";

/** Why miners are turned away while there is no work; stands in the log and is not sent. */
const NO_WORK = "the pool has no work";

/** How often vardiff polls every channel. */
const TICK_MS = 1_000;

/** All Stratum V1 connections of one or several listeners with the same settings. */
export class StratumServer {
  readonly #options: StratumServerOptions;
  readonly #modules: StratumServerModules;
  readonly #lines: JobLines;
  readonly #sessions = new Map<StratumSession, LineConnection>();
  #cancelTick: (() => void) | undefined;
  /** Why nobody is served; undefined while work can be had or is awaited. */
  #refusal: string | undefined;
  /** True while the pool owes as much as it lets itself owe. */
  #atCap = false;

  constructor(options: StratumServerOptions, modules: StratumServerModules) {
    this.#options = options;
    this.#modules = modules;
    this.#lines = new JobLines(modules.random);
    this.#tick();
  }

  /** Serves one connection until it ends; never rejects. */
  async serve(connection: LineConnection): Promise<void> {
    if (this.#refusal !== undefined) return connection.close(this.#refusal);
    const session = new StratumSession(connection, this.#options, {
      ...this.#modules,
      lines: this.#lines,
      refusal: () => this.#atCap ? "liability-cap" : undefined,
    });
    this.#sessions.set(session, connection);
    try {
      await session.run();
    } finally {
      this.#sessions.delete(session);
    }
  }

  /** Channels that are open. */
  get channelCount(): number {
    let count = 0;
    for (const session of this.#sessions.keys()) count += session.channelCount;
    return count;
  }

  /** Shares whose miners wait for an answer. */
  get pendingShares(): number {
    let pending = 0;
    for (const session of this.#sessions.keys()) pending += session.pendingShares;
    return pending;
  }

  /** Sends new work to everybody. */
  broadcast(template: JobTemplate, cleanJobs: boolean): void {
    for (const session of this.#sessions.keys()) session.broadcast(template, cleanJobs);
  }

  /** Lets new connections in, or turns them away while there is no work and none in sight. */
  admit(open: boolean): void {
    this.#refusal = open ? undefined : NO_WORK;
  }

  /** At the cap of what the pool lets itself owe miners are told so and closed, and none is let in. */
  limitLiability(atCap: boolean): void {
    if (atCap === this.#atCap) return;
    this.#atCap = atCap;
    if (!atCap) return;
    for (const session of this.#sessions.keys()) session.closeChannels("liability-cap");
  }

  /** Ends every connection; the reason is for the log, miners are told none. */
  closeAll(reason: string): void {
    for (const connection of this.#sessions.values()) connection.close(reason);
  }

  /** Asks everybody to come back later and serves nobody from now on. */
  stop(reason: string): void {
    this.#refusal = reason;
    this.#cancelTick?.();
    for (const session of this.#sessions.keys()) session.reconnect(reason);
  }

  #tick(): void {
    this.#cancelTick = this.#modules.clock.after(TICK_MS, () => {
      for (const session of this.#sessions.keys()) session.tick();
      this.#tick();
    });
  }
}
