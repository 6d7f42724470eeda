/**
 * A miner who sends very easy shares in a burst and leaves. Under a window in shares he pushes all
 * others out of it; under one by difficulty he gets what his work is worth.
 */
import assert from "node:assert/strict";
import { type Weighted } from "../../../../src/money/ledger/mod.ts";
import {
  pplnsDifficultyWeights,
  pplnsWeights,
  type WorkShare,
} from "../../../support/reference_schemes.ts";

/** Work of a usual share, and shares of a window: as many as the pool makes in 500 ticks. */
const USUAL = 1_000n;
const WINDOW = 500;

type Weigh = (newestFirst: Iterable<WorkShare>) => Weighted[];

/** The pool's shares: one of the others each tick; in a burst `rate` of him for a fifth of the work. */
function history(rate: number): WorkShare[] {
  const shares: WorkShare[] = [];
  const easy = { minerId: "him", work: USUAL / 4n / BigInt(rate) };
  const burstTicks = Math.ceil(WINDOW / rate);
  for (let tick = 0; tick < 6 * WINDOW; tick++) {
    shares.push({ minerId: "others", work: USUAL });
    // Once in two windows, after the first one is full.
    if (tick >= WINDOW && tick % (2 * WINDOW) < burstTicks) {
      for (let share = 0; share < rate; share++) shares.push(easy);
    }
  }
  return shares;
}

/** What he earns on average for his work, 1 for its worth: any share may be the block, by its work. */
function gain(shares: readonly WorkShare[], weigh: Weigh): number {
  let earned = 0;
  let work = 0;
  // Blocks are looked at until nothing of him is left in any window.
  shares.forEach((share, at) => {
    const weights = weigh(newestFirst(shares, at));
    const sum = weights.reduce((total, { weight }) => total + weight, 0n);
    const his = weights.find(({ minerId }) => minerId === "him")?.weight ?? 0n;
    earned += Number(share.work) * Number(his) / Number(sum);
    if (share.minerId === "him") work += Number(share.work);
  });
  return earned / work;
}

function* newestFirst(shares: readonly WorkShare[], at: number): Generator<WorkShare> {
  for (let index = at; index >= 0; index--) yield shares[index] as WorkShare;
}

Deno.test("a burst of easy shares earns more than its work in a window of shares, not of work", () => {
  for (const [rate, least] of [[5, 1.3], [25, 1.8], [125, 2.5]] as const) {
    const shares = history(rate);
    const byShares = gain(shares, (newest) => pplnsWeights(newest, WINDOW));
    const byWork = gain(
      shares,
      (newest) => pplnsDifficultyWeights(newest, BigInt(WINDOW) * USUAL),
    );
    assert(byShares > least, `${byShares} times his work at ${rate} times the rate`);
    assert(Math.abs(byWork - 1) < 0.02, `${byWork} times his work at ${rate} times the rate`);
  }
});
