/**
 * Splits an amount by weights so that the parts are integers and sum to it exactly.
 *
 * @module
 */

/** One who takes part in a split. */
export interface Weighted {
  readonly minerId: string;
  /** At least 0. */
  readonly weight: bigint;
}

/**
 * The method of the largest remainder: every exact quotient is rounded down, then the units left
 * over go one each to the largest remainders, ties to the smaller miner id (compared by UTF-16 code
 * units, so that it is the same on every machine). The order of the input does not matter, and
 * within one split more weight never gets less.
 *
 * @param amount what is split, at least 0.
 * @param shares each miner once.
 * @returns a part for each miner, in the order of the input; their sum is `amount`.
 * @throws {RangeError} when an amount or weight is negative, a miner stands there twice, or there
 * is something to split and no weight at all.
 */
export function splitByWeight(
  amount: bigint,
  shares: readonly Weighted[],
): { minerId: string; amount: bigint }[] {
  if (amount < 0n) throw new RangeError("Cannot split an amount: it is negative");
  const total = totalWeight(shares);
  if (total === 0n) {
    if (amount === 0n) return shares.map(({ minerId }) => ({ minerId, amount: 0n }));
    throw new RangeError("Cannot split an amount: the weights sum to nothing");
  }
  const parts = shares.map(({ minerId, weight }) => {
    const scaled = amount * weight;
    return { minerId, amount: scaled / total, remainder: scaled % total };
  });
  const leftOver = amount - parts.reduce((sum, part) => sum + part.amount, 0n);
  const byRemainder = parts.slice().sort((a, b) =>
    a.remainder === b.remainder
      ? (a.minerId < b.minerId ? -1 : 1)
      : (a.remainder > b.remainder ? -1 : 1)
  );
  for (const part of byRemainder.slice(0, Number(leftOver))) part.amount += 1n;
  return parts.map(({ minerId, amount }) => ({ minerId, amount }));
}

function totalWeight(shares: readonly Weighted[]): bigint {
  const seen = new Set<string>();
  let total = 0n;
  for (const { minerId, weight } of shares) {
    if (weight < 0n) throw new RangeError("Cannot split an amount: a weight is negative");
    if (seen.has(minerId)) {
      throw new RangeError("Cannot split an amount: a miner has two weights, merge them first");
    }
    seen.add(minerId);
    total += weight;
  }
  return total;
}
