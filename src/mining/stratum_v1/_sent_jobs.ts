import { concatBytes, equalBytes } from "../../base/mod.ts";
import type { ChannelFact, ChannelJob } from "../channels/mod.ts";
import { setExtranonceLine, setTargetLine } from "../../wire/stratum/mod.ts";
import type { JobLines } from "./job_lines.ts";

/** As many as a channel remembers, with room to spare. */
const IDS_MAX = 512;

/**
 * The work that one miner was sent: facts of its channel become lines, in the order in which they
 * have to be learnt, and the ids of lines lead back to the channel's jobs.
 */
export class SentJobs {
  readonly #lines: JobLines;
  readonly #jobIds = new Map<string, number>();
  /** The target that was told last; a job without another one needs no set_target. */
  #targetLe: Uint8Array | undefined;

  constructor(lines: JobLines) {
    this.#lines = lines;
  }

  /** The channel's job of a line's id; undefined when it was never sent, or is forgotten. */
  find(jobId: string): number | undefined {
    return this.#jobIds.get(jobId);
  }

  /** The lines of facts that belong together. */
  encode(facts: readonly ChannelFact[]): Uint8Array {
    const lines = facts.flatMap((fact) => this.#encode(fact));
    // Nearly always one line, which all miners share.
    return lines.length === 1 ? lines[0] as Uint8Array : concatBytes(...lines);
  }

  /** The line of a target; none where the miner knows it. */
  target(targetLe: Uint8Array): Uint8Array[] {
    if (this.#targetLe !== undefined && equalBytes(this.#targetLe, targetLe)) return [];
    this.#targetLe = targetLe;
    return [setTargetLine(targetLe)];
  }

  /** The lines of a job, its target in front. */
  job(job: ChannelJob, cleanJobs: boolean): Uint8Array[] {
    return [...this.target(job.targetLe), this.#notify(job, cleanJobs)];
  }

  #encode(fact: ChannelFact): Uint8Array[] {
    switch (fact.kind) {
      case "prefix":
        return [setExtranonceLine(fact.nonce1)];
      case "target":
        return this.target(fact.targetLe);
      case "job":
        return this.job(fact.job, fact.cleanJobs);
      case "closed":
        return [];
    }
  }

  #notify({ template, jobId }: ChannelJob, cleanJobs: boolean): Uint8Array {
    const shared = this.#lines.sharedId(template);
    if (!this.#jobIds.has(shared)) {
      this.#remember(shared, jobId);
      return this.#lines.sharedLine(template, cleanJobs);
    }
    const own = this.#lines.ownLine(template, cleanJobs);
    this.#remember(own.jobId, jobId);
    return own.line;
  }

  #remember(lineId: string, jobId: number): void {
    this.#jobIds.set(lineId, jobId);
    for (const oldest of this.#jobIds.keys()) {
      if (this.#jobIds.size <= IDS_MAX) return;
      this.#jobIds.delete(oldest);
    }
  }
}
