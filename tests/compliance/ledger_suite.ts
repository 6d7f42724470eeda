/**
 * What the ledger does, whatever database it lies in. Each database's own test file calls
 * {@link ledgerSuite} with a way to open an empty place.
 */
import assert from "node:assert/strict";
import {
  type Account,
  blockFound,
  JournalError,
  makeEntry,
  minerAccount,
  payoutReleased,
  payoutReserved,
  payoutSettled,
} from "../../src/money/ledger/mod.ts";
import { LedgerReports } from "../../src/money/books/mod.ts";
import { ReadableLedger } from "../support/readable_ledger.ts";
import { type Records } from "../../src/money/records/mod.ts";
import { StorageError } from "../../src/platform/database/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Opens an empty place for one test; closing the store removes nothing. */
export interface LedgerPlace extends AsyncDisposable {
  open(clock: FakeClock): Promise<Records>;
}

/** What a test of the suite works with. */
export interface LedgerBench {
  readonly clock: FakeClock;
  readonly store: Records["store"];
  readonly database: NonNullable<Records["database"]>;
  readonly ledger: ReadableLedger;
}

/** Declares a test of the suite. */
export type LedgerTest = (
  sentence: string,
  body: (bench: LedgerBench) => Promise<void>,
) => void;

/** 2026-11-23 00:00 UTC. */
export const START_MS = 1_795_392_000_000;

/** A movement between two accounts. */
export function transfer(id: string, from: Account, to: Account, amountZat: bigint) {
  return makeEntry({
    id,
    atMs: START_MS,
    reason: "test",
    lines: [{ account: from, amountZat: -amountZat }, { account: to, amountZat }],
  });
}

/** Declares the tests of one database. */
export function ledgerSuite(
  name: string,
  makePlace: () => LedgerPlace,
  { ignore = false } = {},
): LedgerTest {
  const test: LedgerTest = (sentence, body) => {
    Deno.test({ name: `${name}: ${sentence}`, ignore }, async () => {
      const clock = new FakeClock(START_MS);
      await using place = makePlace();
      const { store, database } = await place.open(clock);
      try {
        await body({ clock, store, database, ledger: new ReadableLedger(database) });
      } finally {
        await store.close();
      }
    });
  };
  journalTests(test);
  return test;
}

const available = (minerId: string): Account => minerAccount(minerId, "available");

function journalTests(test: LedgerTest): void {
  test("an entry is posted once, and its balances with it", async ({ ledger }) => {
    const entry = transfer("e1", "pool-variance", available("a"), 5n);
    assert.equal(await ledger.post(entry), "posted");
    assert.equal(await ledger.post(entry), "exists");
    assert.equal(await ledger.balance(available("a")), 5n);
    assert.equal(await ledger.balance("pool-variance"), -5n);
    const stored = await ledger.entry("e1");
    assert.deepEqual(new Set(stored?.lines), new Set(entry.lines));
    assert.equal(stored?.reason, "test");
  });

  test("an id that stands for another movement is refused", async ({ ledger }) => {
    await ledger.post(transfer("e1", "pool-variance", available("a"), 5n));
    await assert.rejects(
      ledger.post(transfer("e1", "pool-variance", available("a"), 6n)),
      JournalError,
    );
    assert.equal(await ledger.balance(available("a")), 5n);
  });

  test("nobody is brought below 0, also within a transaction", async ({ ledger, database }) => {
    await ledger.post(transfer("e1", "pool-variance", available("a"), 5n));
    await assert.rejects(
      database.transaction(async (tx) => {
        await ledger.post(transfer("e2", "pool-variance", available("b"), 1n), tx);
        await ledger.post(transfer("e3", available("a"), "pool-variance", 6n), tx);
      }),
      (error: unknown) => error instanceof JournalError && /at -1 zat/.test(error.message),
    );
    assert.equal(await ledger.balance(available("b")), 0n);
    assert.equal(await ledger.entry("e2"), undefined);
  });

  test("the database itself keeps balances and journal as they are", async ({ ledger, database }) => {
    await ledger.post(transfer("e1", "pool-variance", available("a"), 5n));
    const wrong = [
      "UPDATE journal_account SET balance_zat = -1 WHERE part = 'available'",
      "UPDATE journal_line SET amount_zat = 7",
      "DELETE FROM journal_line",
      "UPDATE journal_entry SET reason = 'other'",
      "DELETE FROM journal_entry",
    ];
    for (const sql of wrong) {
      await assert.rejects(
        database.transaction((tx) => tx.execute(sql)),
        (error: unknown) => error instanceof StorageError && error.code === "constraint",
        sql,
      );
    }
    assert.equal(await ledger.balance(available("a")), 5n);
  });

  test("amounts beyond 2^53 are kept exactly", async ({ ledger }) => {
    const amount = 2n ** 50n + 1n;
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      await ledger.post(transfer(`e${n}`, "pool-variance", available("a"), amount));
    }
    assert.equal(await ledger.balance(available("a")), 9n * amount);
    assert.equal((await ledger.summary()).liability, 9n * amount);
  });

  test("those who are due come in the order of their ids, page by page", async ({ ledger, database }) => {
    for (const [id, zat] of [["b", 10n], ["B", 20n], ["a", 5n], ["c:1", 30n]] as const) {
      await ledger.post(transfer(`e${id}`, "pool-variance", available(id), zat));
    }
    const page = (after: string, limit: number) =>
      database.read((tx) => ledger.due(tx, { minZat: 10n, after, limit }));
    assert.deepEqual(await page("", 2), [
      { minerId: "B", availableZat: 20n },
      { minerId: "b", availableZat: 10n },
    ]);
    assert.deepEqual(await page("b", 2), [{ minerId: "c:1", availableZat: 30n }]);
    assert.equal((await page("", 10)).length, 3);
  });

  test("a payout is reserved, and ends once", async ({ ledger }) => {
    await ledger.post(transfer("e1", "pool-variance", available("a"), 10n));
    const payout = { payoutId: "p1", minerId: "a", amountZat: 7n, atMs: START_MS };
    await ledger.post(payoutReserved(payout));
    assert.deepEqual(await ledger.miner("a"), {
      immature: 0n,
      available: 3n,
      reserved: 7n,
      paid: 0n,
    });
    assert.equal(await ledger.reserved(), 7n);
    await ledger.post(payoutSettled(payout));
    await assert.rejects(ledger.post(payoutReleased(payout)), JournalError);
    assert.deepEqual(await ledger.miner("a"), {
      immature: 0n,
      available: 3n,
      reserved: 0n,
      paid: 7n,
    });
  });

  test("a block's entry of 10,000 miners is one entry", async ({ ledger }) => {
    const parts = Array.from({ length: 10_000 }, (_, n) => ({
      minerId: `miner-${n}`,
      amountZat: BigInt(n + 1),
    }));
    const sum = parts.reduce((total, { amountZat }) => total + amountZat, 0n);
    const block = { hash: "00ff", atMs: START_MS };
    await ledger.post(blockFound(block, { valueZat: sum + 9n, feeZat: 9n, parts }));
    const { immature, poolFee, blockIncomeImmature } = await ledger.summary();
    assert.deepEqual([immature, poolFee, blockIncomeImmature], [sum, 9n, sum + 9n]);
    assert.equal((await ledger.miner("miner-9999")).immature, 10_000n);
  });

  test("an account's history is read from the newest on", async ({ ledger, database }) => {
    for (const n of [1, 2, 3]) {
      await ledger.post(transfer(`e${n}`, "pool-variance", available("a"), BigInt(n)));
    }
    const history = (fromMs: number, limit: number) =>
      database.read((tx) => ledger.entriesOf(available("a"), { fromMs, limit }, tx));
    const newest = await history(START_MS, 2);
    assert.deepEqual(newest.map(({ key, amountZat }) => [key, amountZat]), [
      ["e3", 3n],
      ["e2", 2n],
    ]);
    assert.deepEqual(await history(START_MS + 1, 5), []);
  });

  test("an export of the journal has whole entries, page by page", async ({ ledger, database }) => {
    for (const n of [1, 2, 3]) {
      await ledger.post(transfer(`e${n}`, "pool-variance", available("a"), BigInt(n)));
    }
    const reports = new LedgerReports(database);
    const period = { fromMs: START_MS, toMs: START_MS + 1 };
    const lines = await reports.journal(period, 0n, 2);
    assert.deepEqual(lines.map(({ key, account, amountZat }) => [key, account, amountZat]), [
      ["e1", "miner:a:available", 1n],
      ["e1", "pool-variance", -1n],
      ["e2", "miner:a:available", 2n],
      ["e2", "pool-variance", -2n],
    ]);
    const rest = await reports.journal(period, lines.at(-1)?.entry ?? 0n, 2);
    assert.deepEqual(rest.map(({ key }) => key), ["e3", "e3"]);
    assert.deepEqual(await reports.journal({ ...period, fromMs: START_MS + 1 }, 0n, 2), []);
  });

  test("an epoch begins when the terms change, and only then", async ({ ledger }) => {
    const terms = {
      scheme: "pps",
      feePpm: 10_000,
      pplnsWindow: 100_000,
      pplnsWindowUnit: "shares",
    } as const;
    const first = await ledger.beginEpoch(terms, START_MS);
    assert.equal((await ledger.beginEpoch(terms, START_MS + 5)).number, first.number);
    await ledger.beginEpoch({ ...terms, feePpm: 20_000 }, START_MS - 5);
    const epochs = await ledger.epochs();
    assert.deepEqual(epochs.map(({ fromMs, feePpm }) => [fromMs, feePpm]), [
      [START_MS, 10_000],
      [START_MS + 1, 20_000],
    ]);
  });
}
