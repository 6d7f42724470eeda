import { type Address, hasExpired } from "../../chain/zcash/mod.ts";

/**
 * How many blocks after the tip a transaction of a wallet may still be mined (ZIP 203). A payment to
 * an address that expires before then must not be sent (ZIP 316).
 */
const TRANSACTION_EXPIRY_BLOCKS = 40;

/**
 * Why a payment that begins now would come too late for its address; undefined when it does not. The
 * node takes such addresses.
 *
 * @param at height of the tip, undefined where no node says it, and Unix milliseconds.
 */
export function expiredAddress(
  address: Address,
  at: { readonly tipHeight: number | undefined; readonly timeMs: number },
): string | undefined {
  const height = at.tipHeight === undefined ? undefined : at.tipHeight + TRANSACTION_EXPIRY_BLOCKS;
  return hasExpired(address, { height, timeMs: at.timeMs })
    ? "the address has expired or is about to: the miner must use a new one"
    : undefined;
}
