import { proportionalEquivalent } from "../ledger/mod.ts";
import type { LedgerReports, ReportPeriod } from "../books/mod.ts";

/** What the proportional formula gives each miner for a period, whatever it was credited. */
export interface ProportionalReport {
  /** Rewards of the blocks found in the period and not lost. */
  readonly rewardsZat: bigint;
  readonly blocks: number;
  readonly totalWork: bigint;
  /** Who worked, in units of 2^-32 expected solutions. */
  readonly work: ReadonlyMap<string, bigint>;
  /** 10^-12 zatoshis; 0 for who did not work. */
  equivalentOf(minerId: string): bigint;
}

/**
 * Evaluates (miner's work / total work) × rewards × (1 - fee) over a period; each block with the fee
 * of its own epoch.
 */
export async function proportionalReport(
  reports: Pick<LedgerReports, "work" | "rewards">,
  period: ReportPeriod,
): Promise<ProportionalReport> {
  const [work, rewards] = await Promise.all([reports.work(period), reports.rewards(period)]);
  const totalWork = [...work.values()].reduce((sum, each) => sum + each, 0n);
  return {
    totalWork,
    work,
    rewardsZat: rewards.reduce((sum, { rewardsZat }) => sum + rewardsZat, 0n),
    blocks: rewards.reduce((sum, { blocks }) => sum + blocks, 0),
    equivalentOf: (minerId) =>
      rewards.reduce((sum, { feePpm, rewardsZat }) =>
        sum + proportionalEquivalent({
          minerWork: work.get(minerId) ?? 0n,
          totalWork,
          rewardsZat,
          feePpm,
        }), 0n),
  };
}
