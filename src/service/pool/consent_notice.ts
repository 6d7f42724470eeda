import { coinbaseAddressOf } from "../../money/accounts/mod.ts";
import { AddressError, parseAddress } from "../../chain/zcash/mod.ts";

/** What consent means, for those who give it and those who are asked for it. */
const MEANING =
  "such payments are public, can be spent after 100 blocks, and only into a shielded " +
  "address: never use an exchange's deposit address";

/**
 * What a miner of a pool that pays by coinbases should know.
 *
 * @param minerId as it is credited.
 * @returns `waits` where what it earns waits until the pool pays by a wallet.
 */
export function consentNotice(minerId: string): { readonly waits: boolean; readonly text: string } {
  if (coinbaseAddressOf(minerId) !== undefined) {
    return {
      waits: false,
      text: `This pool pays you in the coinbase of its blocks: ${MEANING}.`,
    };
  }
  if (!isTransparent(minerId)) {
    return {
      waits: true,
      text:
        "This pool pays transparent addresses (t1, t3) in the coinbase of its blocks: what you " +
        "earn under this name waits until the pool pays by a wallet.",
    };
  }
  return {
    waits: true,
    text:
      "This pool pays in the coinbase of its blocks those who agree to it: put #coinbase behind " +
      `your user, or coinbase=yes into the password (Stratum V1); ${MEANING}. Until then what you ` +
      "earn waits until the pool pays by a wallet.",
  };
}

function isTransparent(minerId: string): boolean {
  try {
    return ["p2pkh", "p2sh"].includes(parseAddress(minerId).kind);
  } catch (error) {
    if (error instanceof AddressError) return false;
    throw error;
  }
}
