import { PICO_PER_BLOCK, probabilityOfAtMost } from "../ledger/mod.ts";

/** Below this probability of so few blocks a miner is suspected of withholding them. */
const WITHHOLDING_PROBABILITY = 1e-4;

/** How some work did. */
export interface Luck {
  /** Blocks that were to be expected. */
  readonly expected: number;
  readonly found: number;
  /** Found by expected; undefined when nothing was to be expected. */
  readonly ratio: number | undefined;
  /** The chance of so few blocks or fewer, 0 to 1. */
  readonly probability: number;
  /** True when that is below {@link WITHHOLDING_PROBABILITY}. */
  readonly suspicious: boolean;
}

/** Luck of the work behind `expectedPicoBlocks` (10^-12 blocks). For display and alarms only. */
export function luckOf(
  work: { readonly expectedPicoBlocks: bigint; readonly blocksFound: number },
): Luck {
  const expected = Number(work.expectedPicoBlocks) / Number(PICO_PER_BLOCK);
  const found = work.blocksFound;
  const probability = probabilityOfAtMost(found, expected);
  return {
    expected,
    found,
    ratio: expected > 0 ? found / expected : undefined,
    probability,
    suspicious: probability < WITHHOLDING_PROBABILITY,
  };
}
