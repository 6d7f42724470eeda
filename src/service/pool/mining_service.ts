import type { JobTemplate } from "../../chain/jobs/mod.ts";
import type { ConnectedMiner } from "../../mining/channels/mod.ts";

/** What miners speak here; the names of the services. */
export const MINING_PROTOCOLS = ["sv2", "stratum_v1"] as const;

/** One way to mine here: its listener and the conversations on it. */
export interface MiningService {
  /** One of {@link MINING_PROTOCOLS}, for logs and metrics; tests may have others. */
  readonly name: string;
  /** Channels that are open. */
  readonly channelCount: number;
  /** Shares whose miners wait for an answer. */
  readonly pendingShares: number;
  /** Who is connected now. */
  miners(): Iterable<ConnectedMiner>;
  /** Serves until it accepts no more and every conversation has ended. */
  run(): Promise<void>;
  /** Sends new work to everybody. @param cleanJobs older work is void. */
  broadcast(template: JobTemplate, cleanJobs: boolean): void;
  /** Lets miners in, or turns them away while there is no work and none in sight. */
  admit(open: boolean): void;
  /** Takes no paid work while the pool owes as much as it lets itself owe. */
  limitLiability(atCap: boolean): void;
  /** Frees its port; conversations that stand go on. */
  stopAccepting(): Promise<void>;
  /**
   * Asks who is connected to come back, evenly over a time, and serves nobody new; who is not asked
   * yet works on. Resolves when the time is over or nobody is left to ask.
   */
  drain(reason: string, overMs: number): Promise<void>;
  /** Asks everybody to come back later and serves nobody from now on; conversations end by this. */
  farewell(reason: string): void;
  /** Ends every conversation; the reason is for the log. */
  closeAll(reason: string): void;
}
