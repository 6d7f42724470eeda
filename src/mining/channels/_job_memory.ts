import { equalBytes } from "../../base/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import type { ChannelJob } from "./channel_job.ts";

/**
 * Jobs of the live parent that are remembered. Refreshes (one in 30 s) and changes of the target (a
 * few dozen, see {@link TargetPace}) reach it after two hours without a block. Each costs some 100
 * bytes beside the template that all channels share.
 */
const LIVE_JOBS_MAX = 256;

/** Jobs of dead parents, so that their shares are told to be stale; fewer than remembered parents. */
const DEAD_JOBS_MAX = 12;

/** The jobs that a channel was sent: all of the live parent, and the last few before it. */
export class JobMemory {
  readonly #jobs = new Map<number, ChannelJob>();
  #newest: ChannelJob | undefined;

  /** The job that was sent last. */
  get newest(): ChannelJob | undefined {
    return this.#newest;
  }

  /** The job of an id, or undefined when it was never sent or is forgotten. */
  find(jobId: number): ChannelJob | undefined {
    return this.#jobs.get(jobId);
  }

  /** At most `limit` jobs, newest first. */
  latest(limit: number): readonly ChannelJob[] {
    return [...this.#jobs.values()].slice(-limit).reverse();
  }

  /** Another target under which headers of a template and prefix were sent already, if any. */
  otherTarget(template: JobTemplate, nonce1: Uint8Array, target: bigint): bigint | undefined {
    for (const job of this.#jobs.values()) {
      if (job.target === target || job.nonce1 !== nonce1) continue;
      if (repeats(job.template, template)) return job.target;
    }
    return undefined;
  }

  /** Remembers the job that is sent now. */
  add(job: ChannelJob): void {
    const { previousBlockHash } = job.template;
    const sameParent = this.#newest !== undefined &&
      equalBytes(this.#newest.template.previousBlockHash, previousBlockHash);
    this.#newest = job;
    this.#jobs.set(job.jobId, job);
    const max = sameParent ? LIVE_JOBS_MAX + DEAD_JOBS_MAX : DEAD_JOBS_MAX;
    for (const oldest of this.#jobs.keys()) {
      if (this.#jobs.size <= max) return;
      this.#jobs.delete(oldest);
    }
  }
}

/** Whether two templates may lead to the same header: the miner chooses the rest, as the time. */
function repeats(one: JobTemplate, other: JobTemplate): boolean {
  return one === other ||
    one.bits === other.bits &&
      equalBytes(one.merkleRoot, other.merkleRoot) &&
      equalBytes(one.blockCommitments, other.blockCommitments) &&
      equalBytes(one.previousBlockHash, other.previousBlockHash);
}
