import { PICO_PER_ZAT, PPM } from "./amounts.ts";

/** A period over which one fee held. */
export interface Period {
  /** Work of the miner's accepted shares. */
  readonly minerWork: bigint;
  /** Work of everybody's accepted shares. */
  readonly totalWork: bigint;
  /** What the blocks found in the period pay the pool. */
  readonly rewardsZat: bigint;
  readonly feePpm: number;
}

/**
 * What the proportional formula gives a miner for a period: its work / total work × rewards of the
 * blocks found × (1 - fee). Reports show it beside pay-per-share credits; the difference is the
 * pool's luck.
 *
 * @returns 10^-12 zatoshis, rounded down; 0 when nobody worked.
 */
export function proportionalEquivalent(period: Period): bigint {
  const { minerWork, totalWork, rewardsZat, feePpm } = period;
  if (totalWork === 0n) return 0n;
  const afterFee = rewardsZat * BigInt(PPM - feePpm) * (PICO_PER_ZAT / BigInt(PPM));
  return afterFee * minerWork / totalWork;
}
