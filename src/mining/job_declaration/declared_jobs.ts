import { bytesToHex } from "../../base/mod.ts";
import type { DeclaredJob } from "./declared_job.ts";

/** Jobs that were replaced: a block of one of them is a block all the same. */
const RETIRED_MAX = 64;

/** Bytes of the declarer's own transactions in its live jobs, and as much in those replaced. */
const OWN_LENGTH_MAX = 4_000_000;

/**
 * The jobs of one connection. A job lives until its parent dies, its token declares another one, or
 * the connection ends; never by a clock.
 */
export class DeclaredJobs {
  readonly #liveMax: number;
  /** By token, oldest first. */
  readonly #live = new Map<string, DeclaredJob>();
  readonly #retired = new Map<number, DeclaredJob>();
  /** Of the parent before: their shares are stale, their blocks go out. */
  #dead: ReadonlyMap<number, DeclaredJob> = new Map();

  /** @param liveMax jobs that may be alive at a time; a further one replaces the oldest. */
  constructor(liveMax: number) {
    this.#liveMax = liveMax;
  }

  /** The bytes of a transaction of a live job. @param txid 32 bytes in hexadecimal digits. */
  transaction(txid: string): Uint8Array | undefined {
    for (const job of this.#live.values()) {
      const bytes = job.transaction(txid);
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  }

  /** Jobs that are alive. */
  get size(): number {
    return this.#live.size;
  }

  /** Those, oldest first. */
  live(): Iterable<DeclaredJob> {
    return this.#live.values();
  }

  /** Takes a job in the place of the one that its token declared before. */
  add(token: Uint8Array, job: DeclaredJob): void {
    const key = bytesToHex(token);
    this.#retire(key);
    this.#live.set(key, job);
    for (const oldest of this.#live.keys()) {
      const isRoom = this.#live.size <= this.#liveMax && isWithin(this.#live);
      if (isRoom || this.#live.size === 1) break;
      this.#retire(oldest);
    }
  }

  /**
   * The job of an id.
   *
   * @returns whether its shares may be paid, as far as its parent lives; undefined when it was never
   *   declared here or is forgotten.
   */
  find(jobId: number): { readonly job: DeclaredJob; readonly isPaid: boolean } | undefined {
    const live = this.#live.values().find(({ work }) => work.jobId === jobId) ??
      this.#dead.get(jobId);
    if (live !== undefined) return { job: live, isPaid: true };
    const retired = this.#retired.get(jobId);
    return retired && { job: retired, isPaid: false };
  }

  /** The parent has died, and with it all jobs; those of the parent before it are forgotten. */
  parentChanged(): void {
    this.#dead = new Map(this.#live.values().map((job) => [job.work.jobId, job]));
    this.#live.clear();
    this.#retired.clear();
  }

  /** No job is paid any more. */
  retireAll(): void {
    for (const key of [...this.#live.keys()]) this.#retire(key);
  }

  #retire(key: string): void {
    const job = this.#live.get(key);
    if (job === undefined) return;
    this.#live.delete(key);
    this.#retired.set(job.work.jobId, job);
    for (const oldest of this.#retired.keys()) {
      if (this.#retired.size <= RETIRED_MAX && isWithin(this.#retired)) break;
      this.#retired.delete(oldest);
    }
  }
}

function isWithin(jobs: ReadonlyMap<unknown, DeclaredJob>): boolean {
  let length = 0;
  for (const { ownLength } of jobs.values()) length += ownLength;
  return length <= OWN_LENGTH_MAX;
}
