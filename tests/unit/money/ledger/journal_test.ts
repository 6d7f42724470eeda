import assert from "node:assert/strict";
import {
  blockFound,
  blockMatured,
  blockOrphaned,
  blockReturned,
  distribute,
  type JournalEntry,
  JournalError,
  makeEntry,
  matureBlockLost,
  matureBlockRegained,
  networkFeePaid,
  payoutReleased,
  payoutReserved,
  payoutSettled,
  ppsBlockFound,
} from "../../../../src/money/ledger/mod.ts";
import { Balances } from "../../../support/reference_balances.ts";
import { Journal, ppsHourPosted } from "../../../support/reference_journal.ts";

const block = (hash: string) => ({ hash, atMs: 1 });
const weights = [{ minerId: "A", weight: 3n }, { minerId: "B", weight: 1n }];

Deno.test("journal: a block under pplns is immature, then available, with the fee beside it", () => {
  const journal = new Journal();
  const found = blockFound(block("aa"), distribute(1_000n, 20_000, weights));
  journal.post(found);
  assert.deepEqual(journal.balances.miner("A"), {
    immature: 735n,
    available: 0n,
    reserved: 0n,
    paid: 0n,
  });
  assert.equal(journal.balances.of("pool-fee"), 20n);
  assert.equal(journal.balances.of("block-income:immature"), -1_000n);
  journal.post(blockMatured(block("aa"), found));
  assert.deepEqual(journal.balances.all(), [
    ["block-income:mature", -1_000n],
    ["miner:A:available", 735n],
    ["miner:B:available", 245n],
    ["pool-fee", 20n],
  ]);
  assert.deepEqual(journal.balances.faults(), []);
});

Deno.test("journal: an orphaned block takes exactly its credits back, and may return and vanish again", () => {
  const journal = new Journal();
  const found = blockFound(block("aa"), distribute(1_001n, 10_000, weights));
  journal.post(found);
  const credited = journal.balances.all();
  for (const round of [1, 2, 3]) {
    journal.post(blockOrphaned(block("aa"), found, round));
    assert.deepEqual(journal.balances.all(), []);
    journal.post(blockReturned(block("aa"), found, round));
    assert.deepEqual(journal.balances.all(), credited);
  }
});

Deno.test("journal: a mature block that is lost is the pool's loss, and nobody comes to owe", () => {
  const journal = new Journal();
  const found = blockFound(block("aa"), distribute(1_000n, 0, weights));
  journal.post(found);
  journal.post(blockMatured(block("aa"), found));
  journal.post(matureBlockLost(block("aa"), 1_000n, 1));
  assert.equal(journal.balances.miner("A").available, 750n);
  assert.equal(journal.balances.of("pool-variance"), -1_000n);
  assert.deepEqual(journal.balances.faults(), []);
  journal.post(matureBlockRegained(block("aa"), 1_000n, 1));
  assert.equal(journal.balances.of("pool-variance"), 0n);
});

Deno.test("journal: a mature block cannot be orphaned as if it were immature, under any scheme", () => {
  for (
    const found of [
      blockFound(block("aa"), distribute(1_000n, 0, weights)),
      ppsBlockFound(block("aa"), 1_000n),
    ]
  ) {
    const journal = new Journal();
    journal.post(found);
    journal.post(blockMatured(block("aa"), found));
    const before = journal.balances.all();
    assert.throws(() => journal.post(blockOrphaned(block("aa"), found, 1)), JournalError);
    assert.deepEqual(journal.balances.all(), before);
  }
});

Deno.test("journal: under pay per share blocks move the pool's variance and no miner", () => {
  const journal = new Journal();
  const hour = ppsHourPosted({
    minerId: "A",
    hour: 1,
    creditPicoZat: 300n * 10n ** 12n,
    carryPicoZat: 0n,
    atMs: 1,
  });
  journal.post(hour.entry as JournalEntry);
  const found = ppsBlockFound(block("aa"), 1_000n);
  journal.post(found);
  assert.equal(journal.balances.of("pool-variance"), 700n);
  journal.post(blockOrphaned(block("aa"), found, 1));
  assert.equal(journal.balances.of("pool-variance"), -300n);
  assert.equal(journal.balances.miner("A").available, 300n);
});

Deno.test("journal: posting again is nothing, posting something else under the id is refused", () => {
  const journal = new Journal();
  const found = blockFound(block("aa"), distribute(1_000n, 0, weights));
  assert.equal(journal.post(found), "posted");
  assert.equal(journal.post(found), "exists");
  const again = blockFound({ hash: "aa", atMs: 99 }, distribute(1_000n, 0, weights));
  assert.equal(journal.post(again), "exists");
  const different = blockFound(block("aa"), distribute(999n, 0, weights));
  assert.throws(() => journal.post(different), JournalError);
  assert.equal(journal.balances.of("block-income:immature"), -1_000n);
});

Deno.test("journal: a payout is settled or released, once, and never more than is available", () => {
  const journal = new Journal();
  journal.post(makeEntry({
    id: "start",
    atMs: 0,
    reason: "start",
    lines: [
      { account: "miner:A:available", amountZat: 100n },
      { account: "pool-variance", amountZat: -100n },
    ],
  }));
  const payout = { payoutId: "1", minerId: "A", amountZat: 60n, atMs: 1 };
  const tooMuch = { ...payout, payoutId: "2", amountZat: 41n };
  journal.post(payoutReserved(payout));
  assert.throws(() => journal.post(payoutReserved(tooMuch)), JournalError);
  journal.post(payoutSettled(payout));
  assert.throws(() => journal.post(payoutReleased(payout)), JournalError);
  assert.equal(journal.post(payoutSettled(payout)), "exists");
  journal.post(networkFeePaid({ batchId: "1", feeZat: 10n, atMs: 1 }));
  assert.deepEqual(journal.balances.miner("A"), {
    immature: 0n,
    available: 40n,
    reserved: 0n,
    paid: 60n,
  });
  const second = { ...payout, payoutId: "3", amountZat: 20n };
  journal.post(payoutReserved(second));
  // Another one is under way, so that only the id stands against ending the second twice.
  journal.post(payoutReserved({ ...payout, payoutId: "4", amountZat: 20n }));
  journal.post(payoutReleased(second));
  assert.throws(() => journal.post(payoutSettled(second)), JournalError);
  assert.equal(journal.balances.miner("A").available, 20n);
  assert.throws(() => payoutReserved({ ...payout, amountZat: 0n }), RangeError);
  assert.throws(() => networkFeePaid({ batchId: "1", feeZat: 0n, atMs: 1 }), RangeError);
});

Deno.test("balances: name what does not hold", () => {
  const entry = (lines: JournalEntry["lines"]): JournalEntry => ({
    id: "x",
    atMs: 0,
    reason: "broken on purpose",
    lines,
  });
  const balances = Balances.of([
    entry([{ account: "miner:A:available", amountZat: -5n }]),
    entry([{ account: "block-income:mature", amountZat: 7n }]),
    entry([{ account: "paid-out:B", amountZat: -1n }]),
  ]);
  assert.deepEqual(balances.faults(), [
    "miner:A:available is at -5 zatoshis, below 0",
    "block-income:mature is at 7 zatoshis: more was taken back than came",
    "paid-out:B is at -1 zatoshis, below 0",
    "all accounts sum to 1 zatoshis instead of 0",
  ]);
});
