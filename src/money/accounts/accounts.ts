import { type Clock, PoolError } from "../../base/mod.ts";
import { IdentityError, isAccountName, readPayoutAddress } from "../../mining/channels/mod.ts";
import type { AccountRecord, AccountStore, AddressChange } from "./account_store.ts";
import { AddressError, type AddressNetwork, hasExpired } from "../../chain/zcash/mod.ts";
import { type AccountAddress, addressAt, nextChange } from "./address_history.ts";
import { coinbaseAddressOf } from "./coinbase_account.ts";

/** A request that is refused: a bad name or address, an account that exists or does not. */
export class AccountError extends PoolError {
  constructor(message: string, options?: ErrorOptions) {
    super("bad-account", message, options);
  }
}

/** Somebody asks for an account to be paid at an address. */
export interface AccountRequest {
  readonly name: string;
  /** As it was typed. */
  readonly address: string;
  readonly actor: string;
  readonly reason: string;
}

/** An account as it stands. */
export interface AccountView extends AccountAddress {
  readonly name: string;
  readonly createdMs: number;
}

/** Where a miner is to be paid. */
export type Payee =
  | { readonly kind: "pay"; readonly address: string }
  | { readonly kind: "hold"; readonly reason: string };

/** The accounts of a pool. */
export class Accounts {
  readonly #network: AddressNetwork;
  readonly #store: AccountStore;
  readonly #clock: Clock;

  constructor(
    network: AddressNetwork,
    modules: { readonly store: AccountStore; readonly clock: Clock },
  ) {
    this.#network = network;
    this.#store = modules.store;
    this.#clock = modules.clock;
  }

  /**
   * Checks a request without carrying it out, so that a node is asked only about what can be an address.
   *
   * @throws {AccountError} when the name or the address is no good.
   */
  check(request: AccountRequest): void {
    this.#checked(request);
  }

  /**
   * Adds an account; its first address counts at once.
   *
   * @returns the canonical address.
   * @throws {AccountError} when the name or the address is no good, or the name is taken.
   */
  async add(request: AccountRequest): Promise<string> {
    const { name, ...change } = this.#checked(request);
    const nowMs = this.#clock.now();
    const added = await this.#store.add(name, {
      ...change,
      requestedMs: nowMs,
      effectiveMs: nowMs,
    });
    if (!added) throw new AccountError(`Cannot add the account ${name}: the name is taken`);
    return change.address;
  }

  /**
   * Asks for an account to be paid elsewhere; see {@link ADDRESS_DELAY_MS}.
   *
   * @returns the change, undefined when nothing is to be changed.
   * @throws {AccountError} when the address is no good, or there is no such account.
   */
  async setAddress(request: AccountRequest): Promise<AddressChange | undefined> {
    const { name, ...change } = this.#checked(request);
    const decided = await this.#store.change(
      name,
      (former) => nextChange(former, change, this.#clock.now()),
    );
    if (decided === false) {
      throw new AccountError(`Cannot change the account ${name}: there is no such account`);
    }
    return decided;
  }

  /** True when there is an account of that name. */
  hasAccount(name: string): Promise<boolean> {
    return this.#store.hasAccount(name);
  }

  /**
   * Accounts in the order of their names, from after a name on. Fewer than `limit` are the last ones:
   * those without an address at this moment (a clock was set back) are left out and not counted.
   */
  async list(after: string, limit: number): Promise<AccountView[]> {
    const nowMs = this.#clock.now();
    const views: AccountView[] = [];
    for (let from = after; views.length < limit;) {
      const page = await this.#store.list(from, limit - views.length);
      const last = page.at(-1);
      if (last === undefined) break;
      from = last.name;
      views.push(...page.flatMap((record) => viewAt(record, nowMs)));
    }
    return views;
  }

  /**
   * Where miners are to be paid. An account whose address is about to change is held until then:
   * if its owner lost the old address, paying there would be as wrong as paying a thief at the new.
   *
   * @param minerIds payout addresses and names of accounts, at most 1,000.
   */
  async payees(minerIds: readonly string[]): Promise<Map<string, Payee>> {
    const nowMs = this.#clock.now();
    const found = await this.#store.find(minerIds.filter(isAccountName));
    const accounts = new Map(found.map(({ name, changes }) => [name, addressAt(changes, nowMs)]));
    return new Map(minerIds.map((minerId): [string, Payee] => {
      if (!isAccountName(minerId)) return [minerId, this.#addressPayee(minerId)];
      const account = accounts.get(minerId);
      if (account === undefined) return [minerId, held("there is no account of that name")];
      if (account.pending !== undefined) {
        const until = new Date(account.pending.effectiveMs).toISOString();
        return [minerId, held(`its address changes at ${until}`)];
      }
      return [minerId, { kind: "pay", address: account.address }];
    }));
  }

  #addressPayee(minerId: string): Payee {
    try {
      // Who agreed to be paid by coinbases can be paid by a wallet too.
      const address = coinbaseAddressOf(minerId) ?? minerId;
      return { kind: "pay", address: readPayoutAddress(address, this.#network).canonical };
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      return held("it is no address of this network");
    }
  }

  #checked(request: AccountRequest): AccountRequest {
    const name = request.name.trim().toLowerCase();
    if (!isAccountName(name)) {
      throw new AccountError(
        "Cannot use the name: 3 to 32 letters, digits, dashes or underscores expected, " +
          "a letter first",
      );
    }
    if (request.actor === "" || request.actor.length > 100) {
      throw new AccountError("Cannot use the actor's name: 1 to 100 characters expected");
    }
    if (request.reason.length > 500) {
      throw new AccountError("Cannot keep the reason: at most 500 characters expected");
    }
    try {
      const address = readPayoutAddress(request.address.trim(), this.#network);
      if (hasExpired(address, { height: undefined, timeMs: this.#clock.now() })) {
        throw new AccountError("Cannot use the address: it has expired");
      }
      return { ...request, name, address: address.canonical };
    } catch (thrown) {
      if (!(thrown instanceof IdentityError)) throw thrown;
      const { cause, message } = thrown;
      const reason = cause instanceof AddressError ? cause.reason : message;
      throw new AccountError(`Cannot use the address: ${reason}`, { cause: thrown });
    }
  }
}

/** None for an account without an address at that moment. */
function viewAt({ name, createdMs, changes }: AccountRecord, atMs: number): AccountView[] {
  const address = addressAt(changes, atMs);
  return address === undefined ? [] : [{ name, createdMs, ...address }];
}

function held(reason: string): Payee {
  return { kind: "hold", reason };
}
