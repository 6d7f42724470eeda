import type { MinerIdentity } from "./miner_identity.ts";

/** What was learnt of a worker. */
export interface WorkerState {
  /** The target that its channel had. */
  readonly target: bigint;
  /** The target of a hash rate that it stated and that was shown to be too high. */
  readonly disproved?: bigint | undefined;
}

/** What is known of workers across reconnects and restarts. */
export interface WorkerMemory {
  /** What this process has learnt, as far as it has not forgotten it. */
  recent(miner: MinerIdentity): WorkerState | undefined;
  /** The last target, within a bounded time; undefined where none is known. Never rejects. */
  lastTarget(miner: MinerIdentity): Promise<bigint | undefined>;
  remember(miner: MinerIdentity, state: WorkerState): void;
}
