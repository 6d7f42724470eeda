import { bytesToHex, type Clock, type Random } from "../../base/mod.ts";
import type { PayerLeaseRow } from "./tables/payout_rows.ts";
import type { PayoutStore } from "./payout_store.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";

/** How long a payer may be silent before another takes its place. */
export const LEASE_MS = 60_000;

export interface PayerLeaseModules {
  readonly database: SqlDatabase;
  readonly store: PayoutStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** Longer between two readings of the row, and this process stood still meanwhile. */
const STANDSTILL_MS = LEASE_MS / 2;

/** Somebody else's lease as this process has watched it. */
interface SeenLease {
  readonly row: PayerLeaseRow;
  /** Monotonic time from which on it has not changed. */
  readonly since: number;
  /** Monotonic time of the last reading. */
  readonly readAt: number;
  /** It was watched anew after a standstill; that is done once. */
  readonly again: boolean;
}

/**
 * The right to pay, held by one process at a time as a row of the database.
 *
 * Nobody compares clocks of two machines: a process takes the row over only after it has itself seen
 * it unchanged for {@link LEASE_MS} of its own monotonic time, in which it did not stand still itself:
 * what stopped it (a paused machine) may have stopped the holder too. With each new holder the token grows,
 * and a write with an older one is refused by the database.
 */
export class PayerLease {
  readonly #modules: PayerLeaseModules;
  readonly #holder: string;
  #held: PayerLeaseRow | undefined;
  /** Monotonic time before the renewal that succeeded last was begun. */
  #heldSince = 0;
  #seen: SeenLease | undefined;

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

  #watched(row: PayerLeaseRow, now: number): SeenLease {
    const former = this.#seen;
    if (former?.row.token !== row.token || former.row.renewals !== row.renewals) {
      return { row, since: now, readAt: now, again: false };
    }
    const stoodStill = now - former.readAt > STANDSTILL_MS;
    return stoodStill && !former.again
      ? { row, since: now, readAt: now, again: true }
      : { ...former, readAt: now };
  }

  /** What the row has to become for this process to be the payer; undefined when it must wait. */
  #next(row: PayerLeaseRow, now: number): PayerLeaseRow | undefined {
    if (row.holder === this.#holder) {
      this.#seen = undefined;
      return { ...row, renewals: row.renewals + 1 };
    }
    const taken = { holder: this.#holder, token: row.token + 1, renewals: 0 };
    if (row.holder === "") return taken;
    const seen = this.#seen = this.#watched(row, now);
    return now - seen.since >= LEASE_MS ? taken : undefined;
  }
}
