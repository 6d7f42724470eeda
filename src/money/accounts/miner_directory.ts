import { type Clock, type Logger, Outage, reasonOf, within } from "../../base/mod.ts";
import {
  IdentityError,
  type MinerIdentity,
  readUserIdentity,
  unknownAccount,
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

/** Who may mine here: payout addresses and the names of accounts. */
export class MinerDirectory {
  readonly #network: AddressNetwork;
  readonly #modules: MinerDirectoryModules;
  readonly #names = new Set<string>();
  readonly #outage: Outage;

  constructor(network: AddressNetwork, modules: MinerDirectoryModules) {
    this.#network = network;
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
   * Reads a user_identity, `address[.worker]` or `account[.worker]`. An address is checked here, then
   * once by a node, for which nobody waits longer than {@link AddressVerdicts} allows.
   *
   * @throws {IdentityError} with a text that names what is expected.
   */
  async identify(userIdentity: string): Promise<MinerIdentity> {
    const identity = readUserIdentity(userIdentity, this.#network);
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
      return { minerId: address.canonical, workerName };
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
