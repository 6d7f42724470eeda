import type { Clock, Counter, Gauge, Logger } from "../../base/mod.ts";
import type {
  MinerIdentity,
  NoncePrefixes,
  TargetBounds,
  VardiffOptions,
} from "../channels/mod.ts";
import type { JobBook } from "../../chain/jobs/mod.ts";
import type { ErrorCode } from "../../wire/protocol/mod.ts";
import type { ShareFault, ShareProcessor } from "../shares/mod.ts";

/** What the operator decided, in this room's terms. */
export interface MiningServerOptions extends VardiffOptions {
  /** Bytes of nonce_1. */
  readonly nonce1Length: number;
  readonly bounds: TargetBounds;
  /** Target of `initial_difficulty`. */
  readonly initialTarget: bigint;
  /** From accept to the first open channel. */
  readonly connectionTimeoutMs: number;
  /** Channels of one connection. */
  readonly channelsPerConnectionMax: number;
  /** Channels of the whole process. */
  readonly channelsMax: number;
}

/** The last target of a worker, kept across reconnects and restarts. */
export interface WorkerMemory {
  lastTarget(miner: MinerIdentity): Promise<bigint | undefined>;
  remember(miner: MinerIdentity, target: bigint): void;
}

/** What this room measures. */
export interface MiningServerMetrics {
  readonly channelsOpen: Gauge;
  readonly jobsSent: Counter;
  readonly retargets: Counter;
}

/** What a mining server works with. */
export interface MiningServerModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MiningServerMetrics;
  readonly book: JobBook;
  readonly shares: ShareProcessor;
  readonly prefixes: NoncePrefixes;
  readonly workers: WorkerMemory;
  /** Reads a user_identity, within a bounded time; rejects with IdentityError. */
  readonly identify: (userIdentity: string) => Promise<MinerIdentity>;
  /** Told of every reject, with the miner where the channel is known. */
  readonly onReject: (miner: MinerIdentity | undefined, reason: ShareFault) => void;
}

/** What a session of the server works with. */
export interface SessionModules extends MiningServerModules {
  /** Why no channel may be opened; undefined while they may. */
  readonly refusal: () => ErrorCode | undefined;
}
