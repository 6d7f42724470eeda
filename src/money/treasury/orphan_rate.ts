import { PPM } from "../ledger/mod.ts";
import type { RecordStore } from "../records/mod.ts";

/**
 * The share of found blocks that is lost to rivals, assumed until the pool knows its own: 3.3 % is
 * what theory gives for blocks every 25 seconds.
 */
const ASSUMED_ORPHAN_PPM = 33_000;

/** Blocks after which the pool's own rate is known well enough, and over which it is taken. */
const KNOWN_BLOCKS = 200;

/** The share of found blocks that were lost. */
export interface OrphanRate {
  readonly ppm: number;
  /** Blocks that it was taken over; undefined while it is assumed for want of blocks. */
  readonly ofBlocks: number | undefined;
  /** Blocks after which the pool's own is known. */
  readonly neededBlocks: number;
}

/** The rate over the newest 200 blocks whose fate is decided. */
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
  const neededBlocks = KNOWN_BLOCKS;
  if (blocks.decided < KNOWN_BLOCKS) {
    return { ppm: ASSUMED_ORPHAN_PPM, ofBlocks: undefined, neededBlocks };
  }
  const ppm = Math.round(blocks.orphaned * PPM / blocks.decided);
  return { ppm, ofBlocks: blocks.decided, neededBlocks };
}
