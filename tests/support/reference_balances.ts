import {
  type Account,
  balanceFault,
  type JournalEntry,
  ownerOf,
} from "../../src/money/ledger/mod.ts";

/** What one miner has, in zatoshis. */
export interface MinerBalance {
  readonly immature: bigint;
  readonly available: bigint;
  readonly reserved: bigint;
  readonly paid: bigint;
}

/** Sums over all miners and the pool's own accounts. */
export interface BalanceSummary extends MinerBalance {
  /** What is owed to miners: immature, available and reserved. */
  readonly liability: bigint;
  readonly poolFee: bigint;
  readonly poolVariance: bigint;
}

const NOTHING: MinerBalance = { immature: 0n, available: 0n, reserved: 0n, paid: 0n };

/**
 * Balances as the sum of journal entries. They can be thrown away and made again from the journal
 * at any time, and that is how they are audited.
 */
export class Balances {
  readonly #accounts = new Map<Account, bigint>();

  /** Balances after all of these entries. */
  static of(entries: Iterable<JournalEntry>): Balances {
    const balances = new Balances();
    for (const entry of entries) balances.apply(entry);
    return balances;
  }

  /** Adds an entry; the caller sees to it that each is added once. */
  apply(entry: JournalEntry): void {
    for (const { account, amountZat } of entry.lines) {
      const balance = this.of(account) + amountZat;
      if (balance === 0n) this.#accounts.delete(account);
      else this.#accounts.set(account, balance);
    }
  }

  /** The balance of an account. */
  of(account: Account): bigint {
    return this.#accounts.get(account) ?? 0n;
  }

  /** What one miner has. */
  miner(minerId: string): MinerBalance {
    return {
      immature: this.of(`miner:${minerId}:immature`),
      available: this.of(`miner:${minerId}:available`),
      reserved: this.of(`miner:${minerId}:reserved`),
      paid: this.of(`paid-out:${minerId}`),
    };
  }

  /** Sums over all accounts. */
  summary(): BalanceSummary {
    const sums: Record<keyof MinerBalance, bigint> = { ...NOTHING };
    for (const [account, balance] of this.#accounts) {
      const owner = ownerOf(account);
      if (owner !== undefined) sums[owner.part] += balance;
    }
    return {
      ...sums,
      liability: sums.immature + sums.available + sums.reserved,
      poolFee: this.of("pool-fee"),
      poolVariance: this.of("pool-variance"),
    };
  }

  /** Accounts that are not at 0, in the order of their names. */
  all(): [Account, bigint][] {
    return [...this.#accounts].sort(([a], [b]) => a < b ? -1 : 1);
  }

  /**
   * What must hold after every entry and does not: all accounts sum to 0, nobody's balance is below
   * 0, and blocks have not brought less than nothing. Empty when all is well.
   */
  faults(): string[] {
    const faults: string[] = [];
    let total = 0n;
    for (const [account, balance] of this.#accounts) {
      total += balance;
      const fault = balanceFault(account, balance);
      if (fault !== undefined) faults.push(fault);
    }
    if (total !== 0n) faults.push(`all accounts sum to ${total} zatoshis instead of 0`);
    return faults;
  }
}
