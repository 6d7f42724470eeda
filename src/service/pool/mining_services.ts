import project from "../../../deno.json" with { type: "json" };
import { type Clock, type Conduct, type Logger, type Random, within } from "../../base/mod.ts";
import {
  type ChannelMetrics,
  type LoginWatch,
  type MinerIdentity,
  RememberedWorkers,
  type WorkerRecords,
} from "../../mining/channels/mod.ts";
import {
  type BlockProposer,
  type DeclarationMetrics,
  type DeclarationOptions,
  makeDeclarationServer,
  type TransactionSource,
} from "../../mining/job_declaration/mod.ts";
import { makeStratumServer, type StratumServerOptions } from "../../mining/stratum_v1/mod.ts";
import { makeMiningServer, type MiningServerOptions } from "../../mining/sv2_server/mod.ts";
import type { RecordWriter } from "../../money/records/mod.ts";
import type { FrameConnection, LineConnection } from "../../wire/transport/mod.ts";
import { difficultyOfTarget, targetOfDifficulty } from "../../chain/zcash/mod.ts";
import type { Config } from "../config/mod.ts";
import { type ConnectionSource, ConversationService } from "./conversation_service.ts";
import type { MiningCore } from "./mining_core.ts";
import type { MiningListener } from "./mining_listener.ts";
import type { MiningService } from "./mining_service.ts";
import { declarationOptions, miningServerOptions } from "./options.ts";
import type { PeerNetworks } from "./peer_networks.ts";

/** A database that does not say where a worker stood must not keep it from mining. */
const RECALL_LIMIT_MS = 1_000;

/** What Stratum V1 miners are told when they ask who serves them. */
const SERVER_VERSION = `zcash-pool/${project.version}`;

/** Who may mine here. */
export interface IdentityReader {
  /** Reads a user_identity, within a bounded time; rejects with IdentityError. */
  identify(userIdentity: string): Promise<MinerIdentity>;
}

/** What the services share, whatever is spoken. */
export interface MiningServiceModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly core: MiningCore;
  /** Remembers workers across reconnects and restarts; one for all services. */
  readonly workers: RememberedWorkers;
  readonly metrics: ChannelMetrics;
  readonly conduct?: Conduct;
  readonly logins?: LoginWatch;
  readonly directory: IdentityReader;
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

/** Jobs that miners declare, and their shares. */
export function declarationService(
  options: DeclarationOptions,
  source: ConnectionSource<FrameConnection>,
  modules: Pick<MiningServiceModules, "clock" | "logger" | "core" | "conduct" | "directory"> & {
    readonly random: Random;
    readonly proposer: BlockProposer;
    readonly transactions: TransactionSource;
    readonly metrics: DeclarationMetrics;
  },
): ConversationService<FrameConnection> {
  const { core: { book, shares }, directory, ...rest } = modules;
  const identify = (userIdentity: string): Promise<MinerIdentity> =>
    directory.identify(userIdentity);
  const server = makeDeclarationServer(options, { ...rest, book, shares, identify });
  return new ConversationService("job_declaration", source, server);
}

/** Every way to mine that the configuration asks for. */
export function makeMiningServices(
  config: Config,
  mining: MiningListener,
  { writer, networks, judge, declarationMetrics, ...rest }:
    & Omit<MiningServiceModules, "workers">
    & {
      readonly random: Random;
      readonly writer: RecordWriter;
      readonly networks: PeerNetworks;
      readonly judge: BlockProposer & TransactionSource;
      readonly declarationMetrics: DeclarationMetrics;
    },
): MiningService[] {
  const workers = new RememberedWorkers(recordedWorkers(writer, rest.clock));
  const modules = { ...rest, workers };
  const options = miningServerOptions(config, networks);
  const { listener, stratum, declaration } = mining;
  const declaring = {
    ...rest,
    ...{ proposer: judge, transactions: judge, metrics: declarationMetrics },
  };
  return [
    // New work goes out in this order: lines first, which are encoded once for all, in microseconds.
    ...stratum.map(({ listener, startDifficulty }) =>
      stratumService({
        ...options,
        initialTarget: targetOfDifficulty(startDifficulty),
        serverVersion: SERVER_VERSION,
      }, {
        connections: () => listener.lineConnections(),
        close: () => listener.close(),
      }, modules)
    ),
    sv2Service(options, listener, modules),
    ...declaration === undefined
      ? []
      : [declarationService(declarationOptions(config, networks), declaration.listener, declaring)],
  ];
}

function serverModules({ core, directory, ...modules }: MiningServiceModules) {
  const { book, prefixAccounts: prefixes, shares } = core;
  const identify = (userIdentity: string): Promise<MinerIdentity> =>
    directory.identify(userIdentity);
  return { ...modules, book, shares, prefixes, identify };
}

/** What is known of workers beyond this process, from the records. */
export function recordedWorkers(writer: RecordWriter, clock: Clock): WorkerRecords {
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
