/**
 * What a block's reward becomes: the pool's fee, and a part for each miner. Computed once when the
 * block is accepted, then kept: credits are never computed again.
 *
 * @module
 */
import { PPM } from "./amounts.ts";
import { splitByWeight, type Weighted } from "./largest_remainder.ts";

/** A block's reward, divided. */
export interface Distribution {
  readonly valueZat: bigint;
  readonly feeZat: bigint;
  /** Those who get something, in the order of their ids; with the fee they sum to the value. */
  readonly parts: readonly { readonly minerId: string; readonly amountZat: bigint }[];
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

/** SOLO: the finder of the block. */
export function soloWeights(finderId: string): Weighted[] {
  return [{ minerId: finderId, weight: 1n }];
}
