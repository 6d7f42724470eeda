import type { JobTemplate } from "../../chain/jobs/mod.ts";

/** A job as one channel got it. A share of it is judged by these values, whatever changed since. */
export interface ChannelJob {
  /** 0 to 2^31-1, unique in the process for as long as anybody can know it. */
  readonly jobId: number;
  readonly template: JobTemplate;
  /** Greatest header hash that counts as a share. */
  readonly target: bigint;
  /** The same, 32 bytes little-endian. */
  readonly targetLe: Uint8Array;
  /** What one share is credited with: floor(2^256 / (target + 1)) expected solutions. */
  readonly work: bigint;
  /**
   * The target that a share counts by where blocks are divided by work, if that is another one: an
   * easier one for a declared job that pays the pool less than its own would. 0 to 2^256-1.
   */
  readonly creditTarget?: bigint;
  /** First bytes of the header nonce. */
  readonly nonce1: Uint8Array;
}
