/**
 * The schemes share by share, as the payouts reference words them: what the division in the database
 * is compared with.
 *
 * @module
 */
import type { Epoch, Weighted } from "../../src/money/ledger/mod.ts";

/** An accepted share as schemes see it. */
export interface WorkShare {
  readonly minerId: string;
  /** In any unit. */
  readonly work: bigint;
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

/** PROP: the weights of a whole round, the accepted shares since the pool's previous block. */
export function propWeights(round: Iterable<WorkShare>): Weighted[] {
  return weightsOf(round);
}

/**
 * The terms that hold at a moment. A share has those of the moment at which its job was made, a
 * block those of its finding share: so no change touches work that is under way.
 *
 * @param epochs in the order of their beginning.
 * @throws {RangeError} when the moment lies before the first epoch.
 */
export function epochAt(epochs: readonly Epoch[], atMs: number): Epoch {
  const epoch = epochs.findLast(({ fromMs }) => fromMs <= atMs);
  if (epoch === undefined) {
    throw new RangeError(`Cannot find the terms of ${atMs}: no epoch had begun`);
  }
  return epoch;
}

/** The work of each miner, in the order of their ids. */
function weightsOf(shares: Iterable<WorkShare>): Weighted[] {
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
