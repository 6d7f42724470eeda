import { type Clock, type Conduct, type Logger, within } from "../../base/mod.ts";
import {
  type ChannelMetrics,
  type MinerIdentity,
  RememberedWorkers,
  type WorkerRecords,
} from "../../mining/channels/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import { MiningServer, type MiningServerOptions } from "../../mining/sv2_server/mod.ts";
import type { RecordWriter } from "../../money/records/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import { difficultyOfTarget } from "../../chain/zcash/mod.ts";
import type { MiningCore } from "./mining_core.ts";
import type { MiningService } from "./mining_service.ts";

/** A database that does not say where a worker stood must not keep it from mining. */
const RECALL_LIMIT_MS = 1_000;

/** Connections whose handshake is done. */
export interface ConnectionSource {
  connections(): AsyncIterable<FrameConnection>;
  /** Accepts nobody any more; connections that were handed out stay. */
  close(): Promise<void>;
}

/** Who may mine here. */
export interface IdentityReader {
  /** Reads a user_identity, within a bounded time; rejects with IdentityError. */
  identify(userIdentity: string): Promise<MinerIdentity>;
}

/** What the service works with. */
export interface Sv2ServiceModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly core: MiningCore;
  readonly listener: ConnectionSource;
  /** Remembers workers across reconnects and restarts. */
  readonly writer: RecordWriter;
  readonly metrics: ChannelMetrics;
  readonly conduct?: Conduct;
  readonly directory: IdentityReader;
}

/** Mining over Stratum V2. */
export class Sv2Service implements MiningService {
  readonly name = "sv2";
  readonly #listener: ConnectionSource;
  readonly #server: MiningServer;
  readonly #serving = new Set<Promise<void>>();

  constructor(options: MiningServerOptions, modules: Sv2ServiceModules) {
    const { clock, logger, core, writer, metrics, directory, conduct } = modules;
    const { book, prefixes, shares } = core;
    this.#listener = modules.listener;
    this.#server = new MiningServer(options, {
      ...{ clock, logger, book, shares, prefixes, metrics, conduct },
      identify: (userIdentity) => directory.identify(userIdentity),
      workers: new RememberedWorkers(recordsOf(writer, clock)),
    });
  }

  get channelCount(): number {
    return this.#server.channelCount;
  }

  get pendingShares(): number {
    return this.#server.pendingShares;
  }

  async run(): Promise<void> {
    for await (const connection of this.#listener.connections()) {
      // A session ends with its connection and never rejects.
      const served = this.#server.serve(connection).then(() => void this.#serving.delete(served));
      this.#serving.add(served);
    }
    await Promise.all(this.#serving);
  }

  broadcast(template: JobTemplate, cleanJobs: boolean): void {
    this.#server.broadcast(template, cleanJobs);
  }

  admit(open: boolean): void {
    this.#server.admit(open);
  }

  limitLiability(atCap: boolean): void {
    this.#server.limitLiability(atCap);
  }

  stopAccepting(): Promise<void> {
    return this.#listener.close();
  }

  farewell(reason: string): void {
    this.#server.stop(reason);
  }

  closeAll(reason: string): void {
    this.#server.closeAll(reason);
  }
}

function recordsOf(writer: RecordWriter, clock: Clock): WorkerRecords {
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
