import type { ChannelJob, MinerIdentity } from "../channels/mod.ts";

/** Work that shares are judged by: a mining channel's jobs, or one that its miner declared. */
export interface ShareLine {
  readonly miner: MinerIdentity;
  /** The job of this id, alive or dead; undefined when it was never sent or is forgotten. */
  job(jobId: number): ChannelJob | undefined;
  /** The jobs that a share of an unknown job may be a block of, newest first. */
  suspects(nowMs: number): readonly ChannelJob[];
  /** Counts an accepted share. */
  shareAccepted(job: ChannelJob, nowMs: number): void;
}
