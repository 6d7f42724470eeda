import { type Clock, type Conduct, type Logger, type Random, within } from "../../base/mod.ts";
import type { ChannelMetrics, MinerIdentity, WorkerMemory } from "../../mining/channels/mod.ts";
import { makeStratumServer, type StratumServerOptions } from "../../mining/stratum_v1/mod.ts";
import { makeMiningServer, type MiningServerOptions } from "../../mining/sv2_server/mod.ts";
import type { RecordWriter } from "../../money/records/mod.ts";
import type { FrameConnection, LineConnection } from "../../wire/transport/mod.ts";
import { difficultyOfTarget } from "../../chain/zcash/mod.ts";
import { type ConnectionSource, ConversationService } from "./conversation_service.ts";
import type { MiningCore } from "./mining_core.ts";

/** A database that does not say where a worker stood must not keep it from mining. */
const RECALL_LIMIT_MS = 1_000;

/** What the services share, whatever is spoken. */
export interface MiningServiceModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly core: MiningCore;
  /** Remembers workers across reconnects and restarts. */
  readonly writer: RecordWriter;
  readonly metrics: ChannelMetrics;
  readonly conduct?: Conduct;
  /** Reads a user_identity, within a bounded time; rejects with IdentityError. */
  readonly identify: (userIdentity: string) => Promise<MinerIdentity>;
}

/** Mining over Stratum V2. */
export function sv2Service(
  options: MiningServerOptions,
  source: ConnectionSource<FrameConnection>,
  modules: MiningServiceModules,
): ConversationService<FrameConnection> {
  return new ConversationService("sv2", source, makeMiningServer(options, serverModules(modules)));
}

/** Mining over Stratum V1. */
export function stratumService(
  options: StratumServerOptions,
  source: ConnectionSource<LineConnection>,
  modules: MiningServiceModules & { readonly random: Random },
): ConversationService<LineConnection> {
  const { random } = modules;
  const server = makeStratumServer(options, { ...serverModules(modules), random });
  return new ConversationService("stratum_v1", source, server);
}

function serverModules(
  { clock, logger, core, writer, metrics, identify, conduct }: MiningServiceModules,
) {
  const { book, prefixes, shares } = core;
  return {
    ...{ clock, logger, book, shares, prefixes, metrics, identify, conduct },
    workers: rememberedBy(writer, clock),
  };
}

function rememberedBy(writer: RecordWriter, clock: Clock): WorkerMemory {
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
