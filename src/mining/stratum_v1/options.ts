import type { Conduct, Logger, Random } from "../../base/mod.ts";
import type { ChannelModules, ChannelSettings } from "../channels/mod.ts";
import type { ShareProcessor } from "../shares/mod.ts";
import type { JobLines } from "./job_lines.ts";

/** What the operator decided, in this room's terms. */
export interface StratumServerOptions extends ChannelSettings {
  /** From accept to the first authorized worker. */
  readonly connectionTimeoutMs: number;
  /** Shares that one connection from an address may send. */
  readonly maxSharesPerSecond: (address: string) => number;
  /** What client.get_version is answered: program and version. */
  readonly serverVersion: string;
}

/** What a Stratum V1 server works with. */
export interface StratumServerModules extends Omit<ChannelModules, "refusal"> {
  readonly logger: Logger;
  readonly random: Random;
  readonly shares: ShareProcessor;
  /** Hears of messages and shares that no honest miner sends. */
  readonly conduct?: Conduct | undefined;
}

/** What a session of the server works with. */
export type SessionModules = StratumServerModules & ChannelModules & {
  /** Shared by all sessions. */
  readonly lines: JobLines;
};
