import { type Clock, type Logger, Outage, reasonOf, within } from "../../base/mod.ts";
import {
  COINBASE_CONSENT,
  IdentityError,
  type MinerIdentity,
  readUserIdentity,
  unknownAccount,
  type UserIdentity,
} from "../../mining/channels/mod.ts";
import { type AddressNetwork, hasExpired } from "../../chain/zcash/mod.ts";
import type { AddressVerdicts } from "./address_verdicts.ts";

/** Where accounts are looked up. */
export interface AccountNames {
  /** True when there is an account of that name. */
  hasAccount(name: string): Promise<boolean>;
}

/** What a directory works with. */
export interface MinerDirectoryModules {
  readonly accounts: AccountNames;
  readonly verdicts: AddressVerdicts;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** An account is never deleted, so what was found stays true; names that are not found cost nothing. */
const NAMES_REMEMBERED_MAX = 20_000;

/** As long as for the node's word on an address: a second is not felt when a channel opens. */
const LOOKUP_LIMIT_MS = 1_000;

/** What decides who may mine, and under which name. */
export interface MinerDirectoryOptions {
  /** The chain that addresses must belong to. */
  readonly network: AddressNetwork;
  /**
   * Whether miners are paid by coinbases: what was earned under consent stands on an account of its
   * own then. Else consent is read and means nothing.
   */
  readonly paysByCoinbase: boolean;
}

/** Who may mine here: payout addresses and the names of accounts. */
export class MinerDirectory {
  readonly #network: AddressNetwork;
  readonly #paysByCoinbase: boolean;
  readonly #modules: MinerDirectoryModules;
  readonly #names = new Set<string>();
  readonly #outage: Outage;

  constructor(options: MinerDirectoryOptions, modules: MinerDirectoryModules) {
    this.#network = options.network;
    this.#paysByCoinbase = options.paysByCoinbase;
    this.#modules = modules;
    this.#outage = new Outage(modules.logger, {
      level: "warn",
      event: "account_not_looked_up",
      begins: "could not look up an account; its miner is asked to try again",
      endEvent: "accounts_looked_up_again",
      ends: "accounts are looked up again",
    });
  }

  /**
   * Reads a user_identity, `address[.worker]` or `account[.worker]`, and `#coinbase` behind either. An
   * address is checked here, then once by a node, for which nobody waits longer than
   * {@link AddressVerdicts} allows.
   *
   * @throws {IdentityError} with a text that names what is expected.
   */
  async identify(userIdentity: string): Promise<MinerIdentity> {
    const identity = readUserIdentity(userIdentity, this.#network);
    const consents = this.#paysByCoinbase && identity.consents;
    if (consents) requireTransparent(identity);
    if (identity.kind === "address") {
      const { address, workerName } = identity;
      // An address that ends at a height is held back when it is to be paid.
      if (hasExpired(address, { height: undefined, timeMs: this.#modules.clock.now() })) {
        throw new IdentityError(
          "Cannot use the user identity: the address has expired; a new one of the wallet expected",
        );
      }
      if (await this.#modules.verdicts.check(address.canonical) === "invalid") {
        throw new IdentityError(
          "Cannot use the user identity: the node says that the address cannot be paid; an address " +
            "as the wallet shows it expected",
        );
      }
      return {
        minerId: consents ? address.canonical + COINBASE_CONSENT : address.canonical,
        workerName,
      };
    }
    if (!await this.#hasAccount(identity.name)) throw unknownAccount(userIdentity, this.#network);
    return { minerId: identity.name, workerName: identity.workerName };
  }

  async #hasAccount(name: string): Promise<boolean> {
    if (this.#names.has(name)) return true;
    const { accounts, clock } = this.#modules;
    let found: boolean | undefined;
    try {
      found = await within(clock, LOOKUP_LIMIT_MS, accounts.hasAccount(name));
    } catch (cause) {
      throw this.#notLookedUp(reasonOf(cause), { cause });
    }
    if (found === undefined) throw this.#notLookedUp(`no answer within ${LOOKUP_LIMIT_MS} ms`);
    this.#outage.succeeded();
    if (found && this.#names.size < NAMES_REMEMBERED_MAX) this.#names.add(name);
    return found;
  }

  /** The trouble is the pool's: a miner who is told of a wrong name would give up for good. */
  #notLookedUp(reason: string, options: ErrorOptions = {}): IdentityError {
    this.#outage.failed(reason);
    return new IdentityError(
      "Cannot use the user identity: accounts cannot be looked up at the moment, try again",
      { ...options, code: "overloaded" },
    );
  }
}

/** @throws {IdentityError} for consent of those that no coinbase can pay. */
function requireTransparent(identity: UserIdentity): void {
  const kind = identity.kind === "account" ? "account" : identity.address.kind;
  if (kind === "p2pkh" || kind === "p2sh") return;
  const [what, how] = kind === "account"
    ? ["an account", "its own name"]
    : ["a shielded or unified address", "that address"];
  throw new IdentityError(
    `Cannot use ${COINBASE_CONSENT} behind ${what}: a block's coinbase pays transparent addresses ` +
      `only; log in with one, or leave ${COINBASE_CONSENT} out: what ${how} earns waits for a wallet`,
    { code: "consent-not-possible" },
  );
}
