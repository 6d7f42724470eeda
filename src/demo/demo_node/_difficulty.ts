/**
 * Difficulty adjustment after every block (Zcash protocol §7.7.3).
 *
 * @module
 */
import { expandBits, roundTarget } from "./_compact_bits.ts";
import type { DifficultyWindow } from "./_rules.ts";

/** Time and bits of a block that came before. */
export interface PastBlock {
  readonly time: number;
  readonly bits: number;
}

/** A median is taken of this many times. */
const MEDIAN_BLOCKS = 11;
/** Only a quarter of a deviation is followed. */
const DAMPING = 4;
const SHRINK_PERCENT_MAX = 16;
const GROW_PERCENT_MAX = 32;

/** The median of up to eleven times; of an even number the later middle one. */
export function medianTime(blocks: readonly PastBlock[]): number {
  const times = blocks.slice(0, MEDIAN_BLOCKS).map((block) => block.time).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? 0;
}

/**
 * The target of the next block, in its compact-rounded form.
 *
 * @param past newest first: at least the window and eleven more, or all down to the genesis block.
 */
export function nextTarget(
  powLimit: bigint,
  window: DifficultyWindow,
  past: readonly PastBlock[],
): bigint {
  const whole = window.blocks * window.spacingSecs;
  const enough = past.length > window.blocks;
  const older = enough ? medianTime(past.slice(window.blocks)) : past.at(-1)?.time ?? 0;
  const deviation = medianTime(past) - older - whole;
  const damped = whole + Math.trunc(deviation / DAMPING);
  const least = Math.floor(whole * (100 - SHRINK_PERCENT_MAX) / 100);
  const most = Math.floor(whole * (100 + GROW_PERCENT_MAX) / 100);
  const timespan = Math.min(Math.max(damped, least), most);
  const mean = enough ? meanTarget(past.slice(0, window.blocks)) : powLimit;
  const target = mean / BigInt(whole) * BigInt(timespan);
  return roundTarget(target < powLimit ? target : powLimit);
}

function meanTarget(blocks: readonly PastBlock[]): bigint {
  const sum = blocks.reduce((total, block) => total + (expandBits(block.bits) ?? 0n), 0n);
  return sum / BigInt(blocks.length);
}
