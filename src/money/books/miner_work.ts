/**
 * Shares that lie together, and what each miner's come to.
 *
 * @module
 */
import { expectedPicoBlocks, WORK_BITS } from "../ledger/mod.ts";
import { workOfTarget } from "../../chain/zcash/mod.ts";
import type { ShareTerms } from "../records/mod.ts";

/** What a miner's shares come to. */
export interface MinerWork {
  /** Row id of the miner. */
  readonly miner: bigint;
  readonly minerId: string;
  shares: number;
  /** In units of 2^-32 expected solutions. */
  work: bigint;
  creditPicoZat: bigint;
  /** Expected blocks, 10^-12, of shares whose terms are known. */
  picoBlocks: bigint;
  lastShareMs: number;
}

/** Shares of one worker, target and terms that lie together. */
export interface ShareGroup {
  readonly miner: bigint;
  readonly minerId: string;
  readonly target: bigint;
  readonly terms: ShareTerms | undefined;
  readonly shares: number;
  readonly creditPicoZat: bigint;
  readonly lastShareMs: number;
}

/**
 * Adds groups to the sums of their miners.
 *
 * @param workBits the unit of work is 2^-workBits expected solutions.
 */
export function addGroups(
  sums: Map<string, MinerWork>,
  groups: readonly ShareGroup[],
  workBits = WORK_BITS,
): void {
  for (const { miner, minerId, target, terms, shares, creditPicoZat, lastShareMs } of groups) {
    let sum = sums.get(minerId);
    if (sum === undefined) {
      sum = {
        miner,
        minerId,
        shares: 0,
        work: 0n,
        creditPicoZat: 0n,
        picoBlocks: 0n,
        lastShareMs: 0,
      };
      sums.set(minerId, sum);
    }
    sum.shares += shares;
    sum.work += BigInt(shares) * workOfTarget(target, workBits);
    sum.creditPicoZat += creditPicoZat;
    if (terms !== undefined) {
      sum.picoBlocks += BigInt(shares) * expectedPicoBlocks(target, terms.networkTarget);
    }
    sum.lastShareMs = Math.max(sum.lastShareMs, lastShareMs);
  }
}

/** Adds the one share of a window that counts in part only. */
export function addCut(
  sums: Map<string, MinerWork>,
  share: ReadonlyMap<string, MinerWork>,
  work: bigint,
): void {
  for (const [minerId, one] of share) {
    const sum = sums.get(minerId);
    if (sum === undefined) sums.set(minerId, { ...one, work });
    else {
      sum.work += work;
      sum.shares += one.shares;
    }
  }
}
