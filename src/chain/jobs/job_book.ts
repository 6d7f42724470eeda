import { equalBytes, type Random, randomU32 } from "../../base/mod.ts";
import type { JobTemplate } from "./job_template.ts";

/** Job ids stay below 2^31: the guide's `shares.job_id` column is a signed INTEGER. */
const JOB_ID_MASK = 0x7fff_ffff;

/**
 * Which work is alive, and the one place that says whether work has a new parent. A job lives exactly as long as its parent block is the tip that the node
 * named last: a refresh on the same parent leaves the earlier ones alive, a new parent or
 * {@link withdraw} kills all.
 */
export class JobBook {
  #current: JobTemplate | undefined;
  #nextJobId: number;

  /** Job ids start at a random number, so that those of an earlier process are not mistaken. */
  constructor(random: Random) {
    this.#nextJobId = randomU32(random) & JOB_ID_MASK;
  }

  /** The newest job template; undefined while there is no work to hand out. */
  get current(): JobTemplate | undefined {
    return this.#current;
  }

  /**
   * Takes new work.
   *
   * @returns true when it has another parent than the work before it, or when there was none: all
   *   earlier jobs are dead now.
   */
  activate(template: JobTemplate): boolean {
    const parentChanged = !this.isLive(template);
    this.#current = template;
    return parentChanged;
  }

  /** Kills all work: no node is usable, or another parent is known but has no job yet. */
  withdraw(): void {
    this.#current = undefined;
  }

  /** Whether work on this parent still earns. */
  isLive(template: Pick<JobTemplate, "previousBlockHash">): boolean {
    return this.#current !== undefined &&
      equalBytes(template.previousBlockHash, this.#current.previousBlockHash);
  }

  /** The next job id. */
  nextJobId(): number {
    const id = this.#nextJobId;
    this.#nextJobId = (id + 1) & JOB_ID_MASK;
    return id;
  }
}
