import { clientNetwork } from "../../base/mod.ts";
import type { NoncePrefixes } from "./nonce_prefixes.ts";
import { PrefixAccount } from "./prefix_account.ts";

/**
 * Accounts that are kept for networks that have gone, until the parent changes: more come in one
 * block's time only by a flood, and what comes beyond shares one account.
 */
const ACCOUNTS_MAX = 65_536;

/** An account and the sessions that use it. */
interface Entry {
  readonly account: PrefixAccount;
  sessions: number;
}

/** The account of each network of clients: all its connections have one together. */
export class PrefixAccounts {
  readonly #prefixes: NoncePrefixes;
  readonly #entries = new Map<string, Entry>();
  readonly #beyond: Entry;
  #parents: number;

  constructor(prefixes: NoncePrefixes) {
    this.#prefixes = prefixes;
    this.#beyond = { account: new PrefixAccount(prefixes), sessions: 0 };
    this.#parents = prefixes.parents;
  }

  /** Prefixes in use by channels of all networks. */
  get live(): number {
    return this.#prefixes.live;
  }

  /** Accounts that are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** The account of a client's network, for one session more. @param address IP address as text. */
  enter(address: string): PrefixAccount {
    this.#forgetIdle();
    const network = clientNetwork(address);
    const known = this.#entries.get(network);
    const entry = known ?? this.#add(network);
    entry.sessions++;
    return entry.account;
  }

  /** A session that entered has ended. */
  leave(address: string): void {
    const network = clientNetwork(address);
    const entry = this.#entries.get(network) ?? this.#beyond;
    entry.sessions--;
    if (entry.sessions === 0 && entry.account.isIdle) this.#entries.delete(network);
  }

  #add(network: string): Entry {
    if (this.#entries.size >= ACCOUNTS_MAX) return this.#beyond;
    const entry = { account: new PrefixAccount(this.#prefixes), sessions: 0 };
    this.#entries.set(network, entry);
    return entry;
  }

  /** With the parent what was spent is forgotten. */
  #forgetIdle(): void {
    if (this.#parents === this.#prefixes.parents) return;
    this.#parents = this.#prefixes.parents;
    for (const [network, { account, sessions }] of this.#entries) {
      if (sessions === 0 && account.isIdle) this.#entries.delete(network);
    }
  }
}
