import { PoolError } from "../base/mod.ts";
import { type AddressNetwork, parseAddress } from "../zcash/mod.ts";

/**
 * Names of machines as people write them. They reach the database, logs and pages, so nothing else
 * is let in.
 */
const WORKER_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** Who is credited: the payee and which of his machines. */
export interface MinerIdentity {
  /** Canonical payout address (or account name, when accounts land). */
  readonly minerId: string;
  /** Name after the first dot of user_identity; empty when there is none. */
  readonly workerName: string;
}

/** A user_identity that nobody could be paid by; `code` is the SV2 error code. */
export class IdentityError extends PoolError {
  constructor(message: string, options?: ErrorOptions) {
    super("invalid-user-identity", message, options);
  }
}

/**
 * Reads a user_identity, `address` or `address.worker`.
 *
 * @param network the chain that the pool mines on; an address of another one is refused.
 * @throws {IdentityError} with a text that names what is expected.
 */
export function parseUserIdentity(userIdentity: string, network: AddressNetwork): MinerIdentity {
  const text = userIdentity.trim();
  const dot = text.indexOf(".");
  const addressText = dot < 0 ? text : text.slice(0, dot);
  const workerName = dot < 0 ? "" : text.slice(dot + 1);
  if (workerName !== "" && !WORKER_NAME.test(workerName)) {
    throw new IdentityError(
      "Cannot use the worker name: 1 to 64 letters, digits, dots, dashes or underscores expected",
    );
  }
  try {
    const address = parseAddress(addressText, network);
    if (address.kind === "tex") {
      throw new IdentityError(
        "Cannot pay a TEX address: a transparent, Sapling or unified address expected",
      );
    }
    return { minerId: address.canonical, workerName };
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    throw new IdentityError(
      `Cannot use the user identity: ${error instanceof Error ? error.message : "not an address"}`,
      { cause: error },
    );
  }
}
