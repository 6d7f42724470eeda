import { PoolError } from "../../base/mod.ts";
import { type Address, type AddressNetwork, parseAddress } from "../../chain/zcash/mod.ts";

/**
 * Names of machines as people write them. They reach the database, logs and pages, so nothing else
 * is let in.
 */
const WORKER_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Names of accounts. No address is as short as the longest of them (a transparent one has 35
 * characters), so that the two can never be taken for each other.
 */
const ACCOUNT_NAME = /^[a-z][a-z0-9_-]{2,31}$/;

/**
 * Behind a user_identity: what this session earns may be paid by outputs of a block's own coinbase,
 * which are public, spendable after 100 blocks, and have to be shielded first.
 */
export const COINBASE_CONSENT = "#coinbase";

/** Who is credited: the payee and which of its machines. */
export interface MinerIdentity {
  /**
   * Canonical payout address, with {@link COINBASE_CONSENT} behind it where the miner agreed to it, or
   * the name of an account.
   */
  readonly minerId: string;
  /** Name after the first dot of user_identity; empty when there is none. */
  readonly workerName: string;
}

/** What a user_identity says: an address that can be paid, or the name of an account. */
export type UserIdentity =
  & {
    readonly workerName: string;
    /** {@link COINBASE_CONSENT} stood behind it. */
    readonly consents: boolean;
  }
  & (
    | { readonly kind: "address"; readonly address: Address }
    | { readonly kind: "account"; readonly name: string }
  );

/**
 * Why a user_identity is refused; `overloaded` where the pool could not look it up, for which the
 * miner can do nothing.
 */
export type IdentityErrorCode =
  | "invalid-user-identity"
  | "unknown-user"
  | "consent-not-possible"
  | "overloaded";

/** A user_identity that nobody could be paid by. */
export class IdentityError extends PoolError {
  declare readonly code: IdentityErrorCode;

  constructor(message: string, options: ErrorOptions & { readonly code?: IdentityErrorCode } = {}) {
    super(options.code ?? "invalid-user-identity", message, options);
  }
}

/** True for texts that can name an account: 3 to 32 characters, lower case, a letter first. */
export function isAccountName(text: string): boolean {
  return ACCOUNT_NAME.test(text);
}

/**
 * Reads a user_identity, `address[.worker]` or `account[.worker]`, with or without `#coinbase` behind
 * it. Blanks around it are cut off, capitals in the name of an account mean nothing.
 *
 * @param network the chain that the pool mines on; an address of another one is refused.
 * @throws {IdentityError} with a text that names what is expected.
 */
export function readUserIdentity(userIdentity: string, network: AddressNetwork): UserIdentity {
  const whole = userIdentity.trim();
  const consents = whole.toLowerCase().endsWith(COINBASE_CONSENT);
  const text = consents ? whole.slice(0, -COINBASE_CONSENT.length) : whole;
  const dot = text.indexOf(".");
  const payee = dot < 0 ? text : text.slice(0, dot);
  const workerName = dot < 0 ? "" : text.slice(dot + 1);
  if (workerName !== "" && !WORKER_NAME.test(workerName)) {
    throw new IdentityError(
      "Cannot use the worker name: 1 to 64 letters, digits, dots, dashes or underscores expected",
    );
  }
  const name = payee.toLowerCase();
  if (isAccountName(name)) return { kind: "account", name, workerName, consents };
  const address = readPayoutAddress(payee, network);
  return { kind: "address", address, workerName, consents };
}

/**
 * Reads an address that the pool can pay.
 *
 * @throws {IdentityError} with a text that names what is expected.
 */
export function readPayoutAddress(text: string, network: AddressNetwork): Address {
  let address: Address;
  try {
    address = parseAddress(text, network);
  } catch (error) {
    throw new IdentityError(
      `Cannot use the user identity: ${error instanceof Error ? error.message : "not an address"}`,
      { cause: error },
    );
  }
  if (address.kind === "tex") {
    throw new IdentityError(
      "Cannot pay a TEX address: a transparent, Sapling or unified address expected",
    );
  }
  return address;
}

/** Says that nobody has an account of that name; the reader may also have meant an address. */
export function unknownAccount(userIdentity: string, network: AddressNetwork): IdentityError {
  const payee = userIdentity.trim().split(/[.#]/, 1)[0] ?? "";
  let expected = "an address expected";
  try {
    parseAddress(payee, network);
  } catch (error) {
    // Its text names the prefixes of the pool's network.
    if (error instanceof Error) expected = error.message;
  }
  return new IdentityError(
    `Cannot use the user identity: the pool has no account of that name; as an address, ${expected}`,
    { code: "unknown-user" },
  );
}
