import {
  type MinerIdentity,
  readUserIdentity,
  unknownAccount,
} from "../../src/mining/channels/mod.ts";
import type { AddressNetwork } from "../../src/chain/zcash/mod.ts";

/**
 * Who a user_identity names where there are no accounts: `address` or `address.worker`.
 *
 * @throws {IdentityError} with a text that names what is expected.
 */
export function payeeOf(userIdentity: string, network: AddressNetwork): MinerIdentity {
  const identity = readUserIdentity(userIdentity, network);
  if (identity.kind === "account") throw unknownAccount(userIdentity, network);
  return { minerId: identity.address.canonical, workerName: identity.workerName };
}
