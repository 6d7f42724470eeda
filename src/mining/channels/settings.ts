import type { Clock, Conduct, Counter, Gauge } from "../../base/mod.ts";
import type { JobBook } from "../../chain/jobs/mod.ts";
import type { TargetBounds } from "./channel.ts";
import type { LoginWatch, ServiceRefusal } from "./facts.ts";
import type { MinerIdentity } from "./miner_identity.ts";
import type { PrefixAccounts } from "./prefix_accounts.ts";
import type { VardiffOptions } from "./vardiff.ts";
import type { WorkerMemory } from "./worker_memory.ts";

/** What the operator decided about channels. */
export interface ChannelSettings extends VardiffOptions {
  /** Bytes of nonce_1. */
  readonly nonce1Length: number;
  readonly bounds: TargetBounds;
  /** Target of `initial_difficulty`. */
  readonly initialTarget: bigint;
  /** Channels of one connection. */
  readonly channelsPerConnectionMax: number;
  /** Channels of the whole process. */
  readonly channelsMax: number;
}

/** What this room measures. */
export interface ChannelMetrics {
  readonly channelsOpen: Gauge;
  readonly jobsSent: Counter;
  readonly retargets: Counter;
}

/** What all channels of the process share. */
export interface ChannelModules {
  readonly clock: Clock;
  readonly metrics: ChannelMetrics;
  readonly book: JobBook;
  readonly prefixes: PrefixAccounts;
  /** Hears of what peers do wrong, and knows who is turned away. */
  readonly conduct?: Conduct | undefined;
  readonly workers: WorkerMemory;
  /** Reads a user_identity, within a bounded time; rejects with IdentityError. */
  readonly identify: (userIdentity: string) => Promise<MinerIdentity>;
  readonly logins?: LoginWatch | undefined;
  /** Why no channel may be opened; undefined while they may. */
  readonly refusal: () => ServiceRefusal | undefined;
}
