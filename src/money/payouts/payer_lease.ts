import { bytesToHex, type Clock, type Random } from "../../base/mod.ts";
import type { PayerLeaseRow } from "./tables/payout_rows.ts";
import type { PayoutStore } from "./payout_store.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";

/** How long a payer may be silent before another takes his place. */
export const LEASE_MS = 60_000;

export interface PayerLeaseModules {
  readonly database: SqlDatabase;
  readonly store: PayoutStore;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The right to pay, held by one process at a time as a row of the database.
 *
 * Nobody compares clocks of two machines: a process takes the row over only after it has itself seen
 * it unchanged for {@link LEASE_MS} of its own monotonic time. With each new holder the token grows,
 * and whoever writes with an older one is refused by the database.
 */
export class PayerLease {
  readonly #modules: PayerLeaseModules;
  readonly #holder: string;
  #held: PayerLeaseRow | undefined;
  /** Monotonic time before the renewal that succeeded last was begun. */
  #heldSince = 0;
  #seen: { readonly row: PayerLeaseRow; readonly since: number } | undefined;

  constructor(modules: PayerLeaseModules) {
    this.#modules = modules;
    this.#holder = bytesToHex(modules.random.bytes(12));
  }

  /** The fencing token while this process is surely the payer; undefined else. */
  get token(): number | undefined {
    const age = this.#modules.clock.monotonic() - this.#heldSince;
    // Half of the time stays for what was begun on the strength of this answer.
    return this.#held !== undefined && age < LEASE_MS / 2 ? this.#held.token : undefined;
  }

  /**
   * Renews the right, or takes it when nobody has it.
   *
   * @returns the fencing token; undefined while another process pays.
   */
  async hold(): Promise<number | undefined> {
    const { database, store, clock } = this.#modules;
    const begun = clock.monotonic();
    const next = await database.transaction(async (tx) => {
      const row = await store.control.lease(tx);
      const wanted = this.#next(row, begun);
      if (wanted === undefined) return undefined;
      return await store.control.swapLease(tx, row, wanted) ? wanted : undefined;
    });
    this.#held = next;
    if (next !== undefined) this.#heldSince = begun;
    return next?.token;
  }

  /** Gives the right back, so that the next payer need not wait. */
  async release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    await this.#modules.database.transaction(async (tx) => {
      const row = await this.#modules.store.control.lease(tx);
      if (row.holder !== held.holder || row.token !== held.token) return;
      await this.#modules.store.control.swapLease(tx, row, { ...row, holder: "" });
    });
  }

  /** What the row has to become for this process to be the payer; undefined when it must wait. */
  #next(row: PayerLeaseRow, now: number): PayerLeaseRow | undefined {
    if (row.holder === this.#holder) {
      this.#seen = undefined;
      return { ...row, renewals: row.renewals + 1 };
    }
    const taken = { holder: this.#holder, token: row.token + 1, renewals: 0 };
    if (row.holder === "") return taken;
    const { token, renewals } = this.#seen?.row ?? {};
    if (this.#seen === undefined || token !== row.token || renewals !== row.renewals) {
      this.#seen = { row, since: now };
      return undefined;
    }
    return now - this.#seen.since >= LEASE_MS ? taken : undefined;
  }
}
