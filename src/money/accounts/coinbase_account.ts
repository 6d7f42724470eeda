import { AddressError, parseAddress } from "../../chain/zcash/mod.ts";
import { COINBASE_CONSENT } from "../../mining/channels/mod.ts";

/**
 * The transparent address of an account whose owner has agreed to be paid by coinbases.
 *
 * @param minerId such an account is the address followed by `#coinbase`.
 * @returns undefined for every other miner, and for an address that is not t1 or t3 (of a test
 *   network: tm or t2).
 */
export function coinbaseAddressOf(minerId: string): string | undefined {
  if (!minerId.endsWith(COINBASE_CONSENT)) return undefined;
  const text = minerId.slice(0, -COINBASE_CONSENT.length);
  try {
    const { kind, canonical } = parseAddress(text);
    return kind === "p2pkh" || kind === "p2sh" ? canonical : undefined;
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}
