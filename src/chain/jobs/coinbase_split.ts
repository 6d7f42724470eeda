import type { TransparentOutput } from "../zcash/mod.ts";

/**
 * Divides what a coinbase gives the miner among those whom the block pays: one output to the pool
 * today, one a payee where miners are paid by the block itself.
 *
 * @param valueZat the miner's part of the subsidy and the collected fees.
 * @returns at least one output, in the order in which they are to stand in the coinbase. Their sum
 *   is exactly `valueZat`, and a smaller value never gives more or longer outputs: a full block then
 *   loses transactions, and with them fees.
 */
export type CoinbaseSplit = (valueZat: bigint) => readonly TransparentOutput[];

/** All of it to one script. */
export function payAllTo(script: Uint8Array): CoinbaseSplit {
  return (valueZat) => [{ valueZat, script }];
}

/** Fixed amounts to payees, in this order, and what is left to a script behind them. */
export function payThenRest(
  payees: readonly TransparentOutput[],
  rest: Uint8Array,
): CoinbaseSplit {
  const paidZat = payees.reduce((sum, { valueZat }) => sum + valueZat, 0n);
  return (valueZat) => [...payees, { valueZat: valueZat - paidZat, script: rest }];
}
