import type { MinerIdentity } from "./miner_identity.ts";
import type { WorkerMemory, WorkerState } from "./worker_memory.ts";

/** Workers whose state is kept beside the records: twice the default of 10,000 connections. */
const WORKERS_MAX = 20_000;

/** The records of workers whose shares were accepted. */
export interface WorkerRecords {
  /** Within a bounded time; undefined where nothing is known. Never rejects. */
  lastTarget(miner: MinerIdentity): Promise<bigint | undefined>;
  /** Keeps the target of a worker that has a row; of another one it is forgotten in a while. */
  remember(miner: MinerIdentity, target: bigint): void;
}

/**
 * Where workers stand. A worker that was never heard leaves no lasting row, so that strangers cannot
 * fill the records; what was learnt of it is kept here, in bounded memory, or each of its sessions
 * would begin at the target that was too hard for the one before.
 */
export class RememberedWorkers implements WorkerMemory {
  readonly #records: WorkerRecords;
  readonly #recent = new Map<string, WorkerState>();

  constructor(records: WorkerRecords) {
    this.#records = records;
  }

  recent(miner: MinerIdentity): WorkerState | undefined {
    return this.#recent.get(keyOf(miner));
  }

  async lastTarget(miner: MinerIdentity): Promise<bigint | undefined> {
    return await this.#records.lastTarget(miner) ?? this.recent(miner)?.target;
  }

  remember(miner: MinerIdentity, state: WorkerState): void {
    this.#records.remember(miner, state.target);
    const key = keyOf(miner);
    this.#recent.delete(key);
    this.#recent.set(key, state);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= WORKERS_MAX) return;
      this.#recent.delete(oldest);
    }
  }
}

function keyOf({ minerId, workerName }: MinerIdentity): string {
  return `${minerId}\n${workerName}`;
}
