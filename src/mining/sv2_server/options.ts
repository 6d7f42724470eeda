import type { Conduct, Logger } from "../../base/mod.ts";
import type { ChannelModules, ChannelSettings } from "../channels/mod.ts";
import type { ShareProcessor } from "../shares/mod.ts";

/** What the operator decided, in this room's terms. */
export interface MiningServerOptions extends ChannelSettings {
  /** From accept to the first open channel. */
  readonly connectionTimeoutMs: number;
  /** Shares that one connection from an address may send. */
  readonly maxSharesPerSecond: (address: string) => number;
}

/** What a mining server works with. */
export interface MiningServerModules extends Omit<ChannelModules, "refusal"> {
  readonly logger: Logger;
  readonly shares: ShareProcessor;
  /** Hears of messages and shares that no honest miner sends. */
  readonly conduct?: Conduct | undefined;
}

/** What a session of the server works with. */
export type SessionModules = MiningServerModules & ChannelModules;
