import type { JobTemplate } from "../../chain/jobs/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import type { MiningServerModules, MiningServerOptions } from "./options.ts";
import { MiningSession } from "./session.ts";

/** Why clients are turned away while there is no work; stands in the log and is not sent. */
const NO_WORK = "the pool has no work";

/** How often vardiff polls every channel. */
const TICK_MS = 1_000;

/** All SV2 mining connections of this process. */
export class MiningServer {
  readonly #options: MiningServerOptions;
  readonly #modules: MiningServerModules;
  readonly #sessions = new Map<MiningSession, FrameConnection>();
  #cancelTick: (() => void) | undefined;
  /** Why nobody is served; undefined while work can be had or is awaited. */
  #refusal: string | undefined;
  /** True while the pool owes as much as it lets itself owe. */
  #atCap = false;

  constructor(options: MiningServerOptions, modules: MiningServerModules) {
    this.#options = options;
    this.#modules = modules;
    this.#tick();
  }

  /** Serves one connection until it ends; never rejects. */
  async serve(connection: FrameConnection): Promise<void> {
    if (this.#refusal !== undefined) return connection.close(this.#refusal);
    const session = new MiningSession(connection, this.#options, {
      ...this.#modules,
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
    return this.#modules.prefixes.live;
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

  /**
   * At the cap of what the pool lets itself owe, open channels are closed and none is opened, with
   * the reason `liability-cap`; connections stay. Below it everything is as before.
   */
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

  /** Says goodbye to everybody with Reconnect and serves nobody from now on. */
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
