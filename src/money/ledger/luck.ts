/**
 * Luck, for display and alarms: how many blocks some work should have found, and how likely it is
 * to have found so few.
 *
 * @module
 */

/** 10^-12 blocks: expected blocks are summed as integers, so that no order of summing matters. */
export const PICO_PER_BLOCK = 1_000_000_000_000n;

/**
 * The chance of a share to be a block, which is the number of blocks that it is expected to bring.
 *
 * @returns 10^-12 blocks, rounded down.
 */
export function expectedPicoBlocks(shareTarget: bigint, networkTarget: bigint): bigint {
  if (shareTarget <= networkTarget) return PICO_PER_BLOCK;
  return PICO_PER_BLOCK * (networkTarget + 1n) / (shareTarget + 1n);
}

/**
 * The probability that at most `found` blocks come where `expected` are expected (Poisson). A miner
 * for whom it is tiny may be holding back its blocks, a fraud that pay per share invites.
 *
 * @param found a whole number of at least 0.
 * @param expected at least 0.
 * @returns 0 to 1.
 */
export function probabilityOfAtMost(found: number, expected: number): number {
  if (expected <= 0) return 1;
  // Terms are summed from the largest one down, relative to it: so neither e^-expected nor a
  // factorial, which leave the range of a double at 745 and 170, is ever formed.
  const top = Math.min(found, Math.floor(expected));
  let sum = 1;
  let term = 1;
  for (let k = top; k > 0 && term > sum * 1e-17; k--) {
    term *= k / expected;
    sum += term;
  }
  term = 1;
  for (let k = top + 1; k <= found && term > sum * 1e-17; k++) {
    term *= expected / k;
    sum += term;
  }
  return Math.min(1, sum * Math.exp(top * Math.log(expected) - expected - logFactorial(top)));
}

/** The natural logarithm of n!; by Stirling's series beyond the exact sum. */
function logFactorial(n: number): number {
  if (n < 256) {
    let sum = 0;
    for (let k = 2; k <= n; k++) sum += Math.log(k);
    return sum;
  }
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + 1 / (12 * n) - 1 / (360 * n ** 3);
}
