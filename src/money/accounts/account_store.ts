import { placeholders, type SqlDatabase, type SqlSession } from "../../platform/database/mod.ts";

/** One request of an account to be paid at an address. */
export interface AddressChange {
  /** Canonical. */
  readonly address: string;
  /** Unix milliseconds. */
  readonly requestedMs: number;
  /** From when on it counts, if no other change was asked for before then. */
  readonly effectiveMs: number;
  /** Who did it, 1 to 100 characters. */
  readonly actor: string;
  /** Why, at most 500 characters. */
  readonly reason: string;
}

/** An account with every change of its address, oldest first. */
export interface AccountRecord {
  readonly name: string;
  readonly createdMs: number;
  readonly changes: readonly AddressChange[];
}

/** Accounts that one call may ask for: their changes are held in memory. */
const ACCOUNTS_PER_CALL_MAX = 1_000;

/** The accounts of the pool. Nothing is ever changed or removed: what happened stays to be read. */
export class AccountStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** Adds an account with its first address; false when there is one of that name. */
  add(name: string, first: AddressChange): Promise<boolean> {
    return this.#database.transaction(async (tx) => {
      const [row] = await tx.query(
        `INSERT INTO account (name, created_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id`,
        [name, first.requestedMs],
      );
      if (row === undefined) return false;
      await append(tx, row.id as bigint, first);
      return true;
    });
  }

  /**
   * Adds a change to an account, decided in the transaction that writes it.
   *
   * @param decide gets the changes up to now, oldest first, and gives the next one or nothing.
   * @returns what was decided; false when there is no such account.
   */
  change(
    name: string,
    decide: (former: readonly AddressChange[]) => AddressChange | undefined,
  ): Promise<AddressChange | undefined | false> {
    return this.#database.transaction(async (tx) => {
      const [row] = await tx.query("SELECT id FROM account WHERE name = $1", [name]);
      if (row === undefined) return false;
      const [record] = await records(tx, [name]);
      const next = decide(record?.changes ?? []);
      if (next !== undefined) await append(tx, row.id as bigint, next);
      return next;
    });
  }

  /** True when there is an account of that name. */
  hasAccount(name: string): Promise<boolean> {
    return this.#database.read(async (tx) =>
      (await tx.query("SELECT 1 AS one FROM account WHERE name = $1", [name])).length > 0
    );
  }

  /** The accounts of these names that there are, by name; at most {@link ACCOUNTS_PER_CALL_MAX}. */
  find(names: readonly string[]): Promise<AccountRecord[]> {
    if (names.length > ACCOUNTS_PER_CALL_MAX) {
      throw new RangeError(`Cannot look up accounts: at most ${ACCOUNTS_PER_CALL_MAX} in one call`);
    }
    // Most miners are known by their address: then nothing is asked at all.
    if (names.length === 0) return Promise.resolve([]);
    return this.#database.read((tx) => records(tx, names));
  }

  /** Accounts in the order of their names, from after a name on. */
  list(after: string, limit: number): Promise<AccountRecord[]> {
    const most = Math.min(limit, ACCOUNTS_PER_CALL_MAX);
    return this.#database.read(async (tx) => {
      const rows = await tx.query(
        "SELECT name FROM account WHERE name > $1 ORDER BY name LIMIT $2",
        [after, most],
      );
      return records(tx, rows.map(({ name }) => name as string));
    });
  }
}

async function append(tx: SqlSession, account: bigint, change: AddressChange): Promise<void> {
  await tx.execute(
    `INSERT INTO account_address (account, address, requested_ms, effective_ms, actor, reason)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      account,
      change.address,
      change.requestedMs,
      change.effectiveMs,
      change.actor,
      change.reason,
    ],
  );
}

async function records(tx: SqlSession, names: readonly string[]): Promise<AccountRecord[]> {
  if (names.length === 0) return [];
  const rows = await tx.query(
    `SELECT name, created_ms, address, requested_ms, effective_ms, actor, reason
     FROM account JOIN account_address ON account_address.account = account.id
     WHERE name IN ${placeholders(1, names.length)}
     ORDER BY name, account_address.id`,
    names,
  );
  const found = new Map<string, { createdMs: number; changes: AddressChange[] }>();
  for (const row of rows) {
    const name = row.name as string;
    const account = found.get(name) ?? { createdMs: Number(row.created_ms), changes: [] };
    account.changes.push({
      address: row.address as string,
      requestedMs: Number(row.requested_ms),
      effectiveMs: Number(row.effective_ms),
      actor: row.actor as string,
      reason: row.reason as string,
    });
    found.set(name, account);
  }
  return [...found].map(([name, account]) => ({ name, ...account }));
}
