import { type Clock, type Logger, reasonOf } from "../../base/mod.ts";
import type { ConnectedMiner } from "../../mining/channels/mod.ts";
import type { JobSource } from "../../chain/jobs/mod.ts";
import type { TemplateEvent } from "../../chain/template_provider/mod.ts";
import type { PoolEvent } from "./events.ts";
import type { MiningCore } from "./mining_core.ts";
import type { MiningService } from "./mining_service.ts";
import type { ShareTotals } from "../../money/records/mod.ts";
import type { PayingWork } from "./paying_work.ts";
import {
  type ChainListener,
  WorkDistributor,
  type WorkDistributorOptions,
  type WorkReceiver,
} from "./work_distributor.ts";

/** How long pending shares may hold up a shutdown. */
const SETTLE_MS = 5_000;

/** How often a shutdown looks whether pending shares are settled. */
const SETTLE_LOOK_MS = 10;

/** Stands in the log as the reason of a connection's end. */
const POOL_STOPS = "the pool stops";

/** How a pool works. */
export interface PoolOptions extends WorkDistributorOptions {
  /** At a stop miners are asked to come back evenly over this time; 0 asks all at once. */
  readonly drainMs: number;
}

/** Where templates come from. */
export interface TemplateSource {
  events(): AsyncIterable<TemplateEvent>;
  close(): Promise<void>;
}

/** Something that is closed when the last share is answered. */
export interface Closable {
  close(): Promise<unknown>;
}

/** What a pool is made of. Each can be real or a test's. */
export interface PoolModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly templates: TemplateSource;
  readonly jobs: JobSource;
  /** Where miners are paid by the blocks' own coinbases. */
  readonly paying?: PayingWork;
  readonly core: MiningCore;
  /** The ways to mine here. */
  readonly services: readonly MiningService[];
  /** Hear of the chain before the observer does: money, found blocks. */
  readonly chainListeners: readonly ChainListener[];
  readonly verifier: Closable;
  readonly submitter: Closable;
  readonly writer: Closable;
  readonly emit: (event: PoolEvent) => void;
}

/** A pool: templates in, jobs out, shares in, blocks out. */
export class Pool {
  readonly #modules: PoolModules;
  readonly #drainMs: number;
  readonly #distributor: WorkDistributor;
  #serving: Promise<unknown> = Promise.resolve();
  #following: Promise<void> = Promise.resolve();
  #running: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  /** What went wrong first while stopping. */
  #failure: unknown;

  constructor(options: PoolOptions, modules: PoolModules) {
    this.#modules = modules;
    this.#drainMs = options.drainMs;
    const { clock, logger, jobs, core, services, chainListeners, emit, paying } = modules;
    const { book, seen, prefixes } = core;
    this.#distributor = new WorkDistributor(options, {
      ...{ clock, logger, book, seen, prefixes, chainListeners },
      source: jobs,
      ...(paying === undefined ? {} : { paying }),
      receiver: allOf(services),
      onWork: ({ height, transactionCount }, newParent) =>
        emit({ kind: "work", height, newParent, transactions: transactionCount }),
    });
  }

  /** Height that is worked on; undefined while there is no work. */
  get height(): number | undefined {
    return this.#modules.core.book.current?.height;
  }

  /** Who is connected now, with the name of the service. */
  *miners(): Iterable<ConnectedMiner & { readonly protocol: string }> {
    for (const service of this.#modules.services) {
      for (const miner of service.miners()) yield { ...miner, protocol: service.name };
    }
  }

  /** Channels that are open over one protocol, by its service's name. */
  channelsOf(protocol: string): number {
    return this.#modules.services.filter(({ name }) => name === protocol).reduce(
      (sum, { channelCount }) => sum + channelCount,
      0,
    );
  }

  /** Channels that are open. */
  get channelCount(): number {
    return this.#modules.services.reduce((sum, { channelCount }) => sum + channelCount, 0);
  }

  /** Counts since the start of the process. */
  get totals(): ShareTotals {
    return this.#modules.core.recorder.totals;
  }

  /** Takes no paid work while the pool owes as much as it lets itself owe. */
  limitLiability(atCap: boolean): void {
    for (const service of this.#modules.services) service.limitLiability(atCap);
  }

  /** Begins to serve; resolves when {@link stop} has ended everything. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /**
   * Ends the pool in order: no new connections, miners are asked to come back over the time that is
   * set for it while the others work on, pending shares are settled (5 s at most), who is left is
   * asked, records are written. Everything is ended whatever fails.
   *
   * @throws what failed first, {StorageError} `unwritten` when accepted shares are lost.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #run(): Promise<void> {
    this.#serving = Promise.all(this.#modules.services.map((service) => service.run()));
    this.#following = this.#followNode();
    await Promise.all([this.#serving, this.#following]);
  }

  async #followNode(): Promise<void> {
    for await (const event of this.#modules.templates.events()) this.#distributor.handle(event);
  }

  async #stop(): Promise<void> {
    const { services, templates, verifier, submitter, writer } = this.#modules;
    for (const service of services) {
      await this.#end(`the port of ${service.name}`, () => service.stopAccepting());
    }
    await this.#drain();
    await this.#settle();
    for (const service of services) service.farewell(POOL_STOPS);
    this.#distributor.close();
    await this.#end("divided work", async () => await this.#modules.paying?.close());
    await this.#end("sessions", () => this.#serving);
    await this.#end("templates", () => templates.close());
    await this.#end("verifier", () => verifier.close());
    await this.#end("blocks", () => submitter.close());
    await this.#end("records", () => writer.close());
    await this.#end("work", () => this.#following);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #end(what: string, ending: () => Promise<unknown>): Promise<void> {
    try {
      await ending();
    } catch (error) {
      const message = `${what} could not be closed: ${reasonOf(error)}`;
      this.#modules.logger.log("error", "shutdown_failed", message);
      this.#failure ??= error;
    }
  }

  async #drain(): Promise<void> {
    if (this.#drainMs === 0) return;
    const { services } = this.#modules;
    const draining = services.map((service) => service.drain(POOL_STOPS, this.#drainMs));
    await this.#end("conversations", () => Promise.all(draining));
  }

  async #settle(): Promise<void> {
    const { clock, services } = this.#modules;
    const until = clock.monotonic() + SETTLE_MS;
    while (services.some(({ pendingShares }) => pendingShares > 0) && clock.monotonic() < until) {
      await new Promise<void>((resolve) => clock.after(SETTLE_LOOK_MS, resolve));
    }
  }
}

/** All services as the one that gets the work. */
function allOf(services: readonly MiningService[]): WorkReceiver {
  return {
    broadcast: (template, cleanJobs) =>
      services.forEach((service) => service.broadcast(template, cleanJobs)),
    admit: (open) => services.forEach((service) => service.admit(open)),
    closeAll: (reason) => services.forEach((service) => service.closeAll(reason)),
  };
}
