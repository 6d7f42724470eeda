/**
 * What a block's reward becomes: the pool's fee, and a part for each miner. Computed once when the
 * block is accepted, then kept: credits are never computed again.
 *
 * @module
 */
import { workOfTarget } from "../../chain/zcash/mod.ts";
import { PPM } from "./amounts.ts";
import { splitByWeight, type Weighted } from "./largest_remainder.ts";

/** A block's reward, divided. */
export interface Distribution {
  readonly valueZat: bigint;
  readonly feeZat: bigint;
  /** Those who get something, in the order of their ids; with the fee they sum to the value. */
  readonly parts: readonly { readonly minerId: string; readonly amountZat: bigint }[];
}

/** An accepted share as schemes see it. */
export interface WorkShare {
  readonly minerId: string;
  /** Expected solutions: 2^256 / (target + 1), rounded down. */
  readonly work: bigint;
}

/**
 * Takes the fee, rounded down, and splits the rest by weight.
 *
 * @param feePpm the pool's fee in parts per million, 0 to 1,000,000.
 * @param weights each miner once; with no weight at all everything is the pool's.
 */
export function distribute(
  valueZat: bigint,
  feePpm: number,
  weights: readonly Weighted[],
): Distribution {
  if (!Number.isInteger(feePpm) || feePpm < 0 || feePpm > PPM) {
    throw new RangeError(`Cannot divide a reward: fee of 0 to ${PPM} ppm expected, got ${feePpm}`);
  }
  const someone = weights.some(({ weight }) => weight > 0n);
  const feeZat = someone ? valueZat * BigInt(feePpm) / BigInt(PPM) : valueZat;
  const parts = splitByWeight(valueZat - feeZat, weights)
    .filter(({ amount }) => amount > 0n)
    .map(({ minerId, amount }) => ({ minerId, amountZat: amount }))
    .sort((a, b) => a.minerId < b.minerId ? -1 : 1);
  return { valueZat, feeZat, parts };
}

/**
 * PPLNS: the weights of the last `window` accepted shares, the one that found the block included,
 * across rounds and whatever was paid before. Each share weighs its work, for equal pay per share
 * would let a miner with a tiny difficulty collect the reward. When fewer shares exist, these are
 * the window.
 *
 * @param newestFirst is read only as far as the window goes.
 */
export function pplnsWeights(newestFirst: Iterable<WorkShare>, window: number): Weighted[] {
  if (!Number.isSafeInteger(window) || window < 1) {
    throw new RangeError(`Cannot weigh shares: a window of at least 1 expected, got ${window}`);
  }
  return weightsOf(firstOf(newestFirst, window));
}

/**
 * PPLNS by difficulty: the weights of the newest shares, the one that found the block included, whose
 * work sums to that of the window. The oldest of them weighs what of it fits. Shares of little work
 * push as little out of the window, so that nobody gains by sending many. When less work was done,
 * all of it is the window.
 *
 * @param newestFirst is read only as far as the window goes.
 * @param windowWork expected solutions, see {@link workOfBlocks}.
 */
export function pplnsDifficultyWeights(
  newestFirst: Iterable<WorkShare>,
  windowWork: bigint,
): Weighted[] {
  if (windowWork < 1n) {
    throw new RangeError(
      `Cannot weigh shares: a window of at least 1 solution expected, got ${windowWork}`,
    );
  }
  return weightsOf(firstOfWork(newestFirst, windowWork));
}

/** The work that so many blocks take on average at a network target: the window of a block. */
export function workOfBlocks(blocks: number, networkTarget: bigint): bigint {
  return BigInt(blocks) * workOfTarget(networkTarget);
}

/** PROP: the weights of a whole round, the accepted shares since the pool's previous block. */
export function propWeights(round: Iterable<WorkShare>): Weighted[] {
  return weightsOf(round);
}

/** SOLO: whoever found the block. */
export function soloWeights(finderId: string): Weighted[] {
  return [{ minerId: finderId, weight: 1n }];
}

/** The work of each miner, in the order of their ids. */
export function weightsOf(shares: Iterable<WorkShare>): Weighted[] {
  const sums = new Map<string, bigint>();
  for (const { minerId, work } of shares) sums.set(minerId, (sums.get(minerId) ?? 0n) + work);
  return [...sums].map(([minerId, weight]) => ({ minerId, weight }))
    .sort((a, b) => a.minerId < b.minerId ? -1 : 1);
}

function* firstOfWork(shares: Iterable<WorkShare>, windowWork: bigint): Generator<WorkShare> {
  let left = windowWork;
  for (const share of shares) {
    yield share.work < left ? share : { ...share, work: left };
    left -= share.work;
    if (left <= 0n) return;
  }
}

function* firstOf<T>(items: Iterable<T>, count: number): Generator<T> {
  let taken = 0;
  for (const item of items) {
    yield item;
    if (++taken === count) return;
  }
}
