import { type Random, randomU32 } from "../../base/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import { notifyLine } from "../../wire/stratum/mod.ts";

/** Ids stay short: miners keep them in small buffers. */
const ID_MASK = 0x7fff_ffff;

/** The two lines of a template: for a new tip, and for a refresh. */
interface TemplateLines {
  readonly jobId: string;
  readonly lines: Map<boolean, Uint8Array>;
}

/**
 * mining.notify has neither prefix nor target, so that the line of a template is the same for every
 * miner: it is encoded once and shared. Only a job that follows another one of the same template on
 * the same channel (a retarget with another prefix) has an id and a line of its own.
 */
export class JobLines {
  readonly #templates = new WeakMap<JobTemplate, TemplateLines>();
  #nextId: number;

  /** Ids start at a random number, so that those of an earlier process are not mistaken. */
  constructor(random: Random) {
    this.#nextId = randomU32(random) & ID_MASK;
  }

  /** The id under which every miner gets its first job of a template. */
  sharedId(template: JobTemplate): string {
    return this.#of(template).jobId;
  }

  /** The line of it; the same bytes at each call. */
  sharedLine(template: JobTemplate, cleanJobs: boolean): Uint8Array {
    const { jobId, lines } = this.#of(template);
    let line = lines.get(cleanJobs);
    if (line === undefined) {
      line = encode(template, jobId, cleanJobs);
      lines.set(cleanJobs, line);
    }
    return line;
  }

  /** An id and a line that nobody else gets. */
  ownLine(
    template: JobTemplate,
    cleanJobs: boolean,
  ): { readonly jobId: string; readonly line: Uint8Array } {
    const jobId = this.#next();
    return { jobId, line: encode(template, jobId, cleanJobs) };
  }

  #of(template: JobTemplate): TemplateLines {
    let known = this.#templates.get(template);
    if (known === undefined) {
      known = { jobId: this.#next(), lines: new Map() };
      this.#templates.set(template, known);
    }
    return known;
  }

  #next(): string {
    const id = this.#nextId;
    this.#nextId = (id + 1) & ID_MASK;
    return id.toString(16);
  }
}

function encode(template: JobTemplate, jobId: string, cleanJobs: boolean): Uint8Array {
  const { version, previousBlockHash, merkleRoot, blockCommitments, time, bits } = template;
  return notifyLine({
    ...{ jobId, version, previousBlockHash, merkleRoot, blockCommitments, time, bits, cleanJobs },
  });
}
