import type { AddressNetwork } from "../../src/chain/zcash/mod.ts";
import {
  type MinerIdentity,
  readUserIdentity,
  unknownAccount,
} from "../../src/mining/channels/mod.ts";

/**
 * Reads a user_identity where there are no accounts: `address` or `address.worker`.
 *
 * @throws {IdentityError} with a text that names what is expected.
 */
export function parseUserIdentity(userIdentity: string, network: AddressNetwork): MinerIdentity {
  const identity = readUserIdentity(userIdentity, network);
  if (identity.kind === "account") throw unknownAccount(userIdentity, network);
  return { minerId: identity.address.canonical, workerName: identity.workerName };
}
