import { workOfTarget } from "../../chain/zcash/mod.ts";

/**
 * Work in the books is counted in units of 2^-32 of an expected solution. In whole solutions a share
 * of 9.9 solutions, which is difficulty 0.0012, would weigh 9 beside harder ones that lose nothing.
 */
export const WORK_BITS = 32;

/** What a share of this target weighs, in units of 2^-32 expected solutions, rounded down. */
export function shareWork(target: bigint): bigint {
  return workOfTarget(target, WORK_BITS);
}

/**
 * The work that a number of blocks take on average at a network target: the window of a block. In units
 * of 2^-32 expected solutions.
 */
export function workOfBlocks(blocks: number, networkTarget: bigint): bigint {
  return BigInt(blocks) * shareWork(networkTarget);
}
