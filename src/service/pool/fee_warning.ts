import { PPM } from "../../money/ledger/mod.ts";
import type { RecordStore } from "../../money/records/mod.ts";

/**
 * The share of found blocks that is lost to rivals, assumed until the pool knows its own: 3.3 % is
 * what theory gives for blocks every 25 seconds.
 */
export const ASSUMED_ORPHAN_PPM = 33_000;

/** Blocks after which the pool's own rate is known well enough, and over which it is taken. */
export const KNOWN_BLOCKS = 200;

/** The share of found blocks that were lost. */
export interface OrphanRate {
  readonly ppm: number;
  /** False while the rate is {@link ASSUMED_ORPHAN_PPM} for want of blocks. */
  readonly isKnown: boolean;
}

/** The rate over the newest {@link KNOWN_BLOCKS} blocks whose fate is decided. */
export async function orphanRateOf(store: Pick<RecordStore, "blocks">): Promise<OrphanRate> {
  const decided = await store.blocks(KNOWN_BLOCKS, ["mature", "orphaned"]);
  return orphanRate({
    decided: decided.length,
    orphaned: decided.filter(({ state }) => state === "orphaned").length,
  });
}

/** The rate for a number of blocks. */
export function orphanRate(
  blocks: { readonly decided: number; readonly orphaned: number },
): OrphanRate {
  if (blocks.decided < KNOWN_BLOCKS) return { ppm: ASSUMED_ORPHAN_PPM, isKnown: false };
  return { ppm: Math.round(blocks.orphaned * PPM / blocks.decided), isKnown: true };
}

/**
 * Under pay per share the pool bears lost blocks: a fee below their rate loses money on average.
 *
 * @returns a sentence, undefined when there is nothing to warn of.
 */
export function feeWarning(
  terms: { readonly scheme: string; readonly feePpm: number },
  rate: OrphanRate,
): string | undefined {
  if (terms.scheme !== "pps" || terms.feePpm >= rate.ppm) return undefined;
  const source = rate.isKnown
    ? `of the last ${KNOWN_BLOCKS} blocks ${percent(rate.ppm)} were lost`
    : `${percent(rate.ppm)} of blocks are assumed to be lost until ${KNOWN_BLOCKS} are known`;
  return `Under pps the pool bears lost blocks and loses money on average: ${source}, and ` +
    `payout.pool_fee_percent is ${percent(terms.feePpm)}.`;
}

function percent(ppm: number): string {
  return `${ppm / 10_000} %`;
}
