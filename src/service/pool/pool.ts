import { type Clock, type Logger, type Random, reasonOf, within } from "../../base/mod.ts";
import type { BlockSubmitter } from "../../chain/blocks/mod.ts";
import { type MinerIdentity, NoncePrefixes } from "../../mining/channels/mod.ts";
import type { EquihashVerifier } from "../../mining/equihash/mod.ts";
import { JobBook, type JobSource } from "../../chain/jobs/mod.ts";
import {
  MiningServer,
  type MiningServerMetrics,
  type MiningServerOptions,
} from "../../mining/sv2_server/mod.ts";
import type { Scheme } from "../../money/ledger/mod.ts";
import { SeenShares, type ShareMetrics, ShareProcessor } from "../../mining/shares/mod.ts";
import type { RecordWriter } from "../../money/records/mod.ts";
import type { TemplateEvent } from "../../chain/template_provider/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import { difficultyOfTarget } from "../../chain/zcash/mod.ts";
import type { PoolEvent } from "./events.ts";
import { ShareRecorder, type ShareRecorderModules, type ShareTotals } from "./share_recorder.ts";
import { WorkDistributor, type WorkDistributorOptions } from "./work_distributor.ts";

/** How long pending shares may hold up a shutdown. */
const SETTLE_MS = 5_000;

/** A database that does not say where a worker stood must not keep it from mining. */
const RECALL_LIMIT_MS = 1_000;

/** How often a shutdown looks whether pending shares are settled. */
const SETTLE_LOOK_MS = 10;

/** What the operator decided, in the pool's terms. */
export interface PoolOptions {
  readonly mining: MiningServerOptions;
  readonly work: WorkDistributorOptions;
  /** How rewards are shared; decides what a share earns at once. */
  readonly scheme: Scheme;
  /** Pool fee in parts per million. */
  readonly feePpm: number;
}

/** Connections whose handshake is done. */
export interface ConnectionSource {
  connections(): AsyncIterable<FrameConnection>;
  /** Accepts nobody any more; connections that were handed out stay. */
  close(): Promise<void>;
}

/** Where templates come from. */
export interface TemplateSource {
  events(): AsyncIterable<TemplateEvent>;
  close(): Promise<void>;
}

/** What a pool is made of. Each can be real or a test's. */
export interface PoolModules {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly listener: ConnectionSource;
  readonly templates: TemplateSource;
  readonly jobs: JobSource;
  readonly verifier: EquihashVerifier;
  readonly submitter: BlockSubmitter;
  readonly writer: RecordWriter;
  readonly hashRate: ShareRecorderModules["hashRate"];
  readonly metrics: {
    readonly shares: ShareMetrics;
    readonly mining: MiningServerMetrics;
    readonly blocksFound: ShareRecorderModules["blocksFound"];
  };
  /** Reads a user_identity, within a bounded time; rejects with IdentityError. */
  readonly identify: (userIdentity: string) => Promise<MinerIdentity>;
  readonly onEvent?: (event: PoolEvent) => void;
}

/** A pool: templates in, jobs out, shares in, blocks out. */
export class Pool {
  readonly #modules: PoolModules;
  readonly #book: JobBook;
  readonly #recorder: ShareRecorder;
  readonly #server: MiningServer;
  readonly #distributor: WorkDistributor;
  readonly #serving = new Set<Promise<void>>();
  #running: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  /** What went wrong first while stopping. */
  #failure: unknown;

  constructor(options: PoolOptions, modules: PoolModules) {
    this.#modules = modules;
    const { clock, random, logger, verifier, writer, metrics } = modules;
    const emit = (event: PoolEvent): void => modules.onEvent?.(event);
    const book = new JobBook(random);
    const seen = new SeenShares();
    const prefixes = new NoncePrefixes(options.mining.nonce1Length, random);
    const recorder = new ShareRecorder({
      clock,
      logger,
      writer,
      emit,
      submitter: modules.submitter,
      hashRate: modules.hashRate,
      blocksFound: metrics.blocksFound,
      scheme: options.scheme,
      feePpm: options.feePpm,
    });
    const shares = new ShareProcessor({
      verifier,
      book,
      seen,
      clock,
      sink: recorder,
      metrics: metrics.shares,
    });
    this.#server = new MiningServer(options.mining, {
      clock,
      logger,
      book,
      shares,
      prefixes,
      metrics: metrics.mining,
      workers: rememberedBy(writer, clock),
      identify: modules.identify,
      onReject: (miner, fault) => recorder.rejected(miner, fault),
    });
    this.#distributor = new WorkDistributor(options.work, {
      clock,
      logger,
      book,
      source: modules.jobs,
      seen,
      prefixes,
      receiver: this.#server,
      onWork: ({ height, transactionCount }, newParent) =>
        emit({ kind: "work", height, newParent, transactions: transactionCount }),
    });
    this.#book = book;
    this.#recorder = recorder;
  }

  /** Height that is worked on; undefined while there is no work. */
  get height(): number | undefined {
    return this.#book.current?.height;
  }

  /** Channels that are open. */
  get channelCount(): number {
    return this.#server.channelCount;
  }

  /** Counts since the start of the process. */
  get totals(): ShareTotals {
    return this.#recorder.totals;
  }

  /** Takes no paid work while the pool owes as much as it lets itself owe. */
  limitLiability(atCap: boolean): void {
    this.#server.limitLiability(atCap);
  }

  /** Begins to serve; resolves when {@link stop} has ended everything. */
  run(): Promise<void> {
    this.#running ??= Promise.all([this.#acceptAll(), this.#followNode()]).then(() => {});
    return this.#running;
  }

  /**
   * Ends the pool in order: no new connections, shares in hand are settled (5 s at most), miners
   * are asked to come back, records are written. Everything is ended whatever fails.
   *
   * @throws what failed first, {StorageError} `unwritten` when accepted shares are lost.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #acceptAll(): Promise<void> {
    for await (const connection of this.#modules.listener.connections()) {
      // A session ends with its connection and never rejects.
      const served = this.#server.serve(connection).then(() => void this.#serving.delete(served));
      this.#serving.add(served);
    }
  }

  async #followNode(): Promise<void> {
    for await (const event of this.#modules.templates.events()) this.#distributor.handle(event);
  }

  async #stop(): Promise<void> {
    const { listener, templates, verifier, submitter, writer } = this.#modules;
    await this.#end("connections", () => listener.close());
    await this.#settle();
    this.#server.stop("the pool stops");
    this.#distributor.close();
    await this.#end("sessions", () => Promise.all(this.#serving));
    await this.#end("templates", () => templates.close());
    await this.#end("verifier", () => verifier.close());
    await this.#end("blocks", () => submitter.close());
    await this.#end("records", () => writer.close());
    await this.#end("work", () => this.#running ?? Promise.resolve());
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

  async #settle(): Promise<void> {
    const { clock } = this.#modules;
    const until = clock.monotonic() + SETTLE_MS;
    while (this.#server.pendingShares > 0 && clock.monotonic() < until) {
      await new Promise<void>((resolve) => clock.after(SETTLE_LOOK_MS, resolve));
    }
  }
}

function rememberedBy(writer: RecordWriter, clock: Clock): {
  lastTarget(miner: MinerIdentity): Promise<bigint | undefined>;
  remember(miner: MinerIdentity, target: bigint): void;
} {
  return {
    async lastTarget({ minerId, workerName }) {
      const known = writer.loadWorker(minerId, workerName).catch(() => undefined);
      return (await within(clock, RECALL_LIMIT_MS, known))?.target;
    },
    remember(miner, target) {
      writer.noteWorker({ ...miner, target, difficulty: difficultyOfTarget(target) });
    },
  };
}
