import { reasonOf } from "../../base/mod.ts";
import { type Address, type AddressNetwork, parseAddress } from "../../chain/zcash/mod.ts";
import type { PayoutEngineModules } from "./engine_options.ts";
import { expiredAddress } from "./expired_address.ts";

/**
 * Where a miner can be paid now, or why not.
 *
 * @param tipHeight asked only for the few addresses that end at a height.
 * @throws what `tipHeight` throws: then nothing can be said of the address.
 */
export async function payeeAddress(
  { payees, clock }: Pick<PayoutEngineModules, "payees" | "clock">,
  minerId: string,
  { network, tipHeight }: {
    readonly network: AddressNetwork;
    readonly tipHeight: () => Promise<number>;
  },
): Promise<{ readonly address: Address } | { readonly held: string }> {
  const payee = await payees.payee(minerId);
  if ("held" in payee) return payee;
  let address: Address;
  try {
    address = parseAddress(payee.address.trim(), network);
  } catch (thrown) {
    return { held: `the address cannot be paid: ${reasonOf(thrown)}` };
  }
  const height = address.expiry?.height === undefined ? undefined : await tipHeight();
  const expired = expiredAddress(address, { tipHeight: height, timeMs: clock.now() });
  return expired === undefined ? { address } : { held: expired };
}
