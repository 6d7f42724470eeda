import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Account,
  JournalError,
  type JournalLine,
  makeEntry,
  minerAccount,
  ownerOf,
  paidOut,
  reverseEntry,
  sameEntry,
} from "../../../../src/money/ledger/mod.ts";

const head = { id: "e", atMs: 1, reason: "r" };

Deno.test("journal entry: lines of one account are joined, those that come to nothing left out", () => {
  const entry = makeEntry({
    ...head,
    lines: [
      { account: "suspense", amountZat: 2n },
      { account: "pool-fee", amountZat: -7n },
      { account: "suspense", amountZat: 5n },
      { account: "pool-variance", amountZat: 1n },
      { account: "pool-variance", amountZat: -1n },
    ],
  });
  assert.deepEqual(entry.lines, [
    { account: "suspense", amountZat: 7n },
    { account: "pool-fee", amountZat: -7n },
  ]);
});

Deno.test("journal entry: what does not balance, moves nothing, has no id or too much is refused", () => {
  const rows: [string, JournalLine[]][] = [
    ["unbalanced", [{ account: "suspense", amountZat: 1n }]],
    ["empty", []],
    ["nothing moves", [
      { account: "suspense", amountZat: 1n },
      { account: "suspense", amountZat: -1n },
    ]],
    ["more than all money", [
      { account: "suspense", amountZat: 2_100_000_000_000_001n },
      { account: "pool-fee", amountZat: -2_100_000_000_000_001n },
    ]],
  ];
  for (const [row, lines] of rows) {
    assert.throws(() => makeEntry({ ...head, lines }), JournalError, row);
  }
  const lines: JournalLine[] = [
    { account: "suspense", amountZat: 1n },
    { account: "pool-fee", amountZat: -1n },
  ];
  assert.throws(() => makeEntry({ ...head, id: "", lines }), JournalError);
});

Deno.test("journal entry: cannot be changed once it is made", () => {
  const entry = makeEntry({
    ...head,
    lines: [{ account: "suspense", amountZat: 1n }, { account: "pool-fee", amountZat: -1n }],
  });
  const [line] = entry.lines;
  assert.throws(() => Object.assign(entry, { id: "other" }), TypeError);
  assert.throws(() => Object.assign(entry.lines, { length: 0 }), TypeError);
  assert.throws(() => Object.assign(line ?? {}, { amountZat: 5n }), TypeError);
});

Deno.test("journal entry: an entry and its reverse leave nothing, and are not the same", () => {
  const account = fc.constantFrom<Account>("suspense", "pool-fee", "miner:a:available");
  const lines = fc.array(fc.record({ account, amountZat: fc.bigInt(-1_000n, 1_000n) }), {
    minLength: 1,
  });
  fc.assert(fc.property(lines, (lines) => {
    const sum = lines.reduce((total, { amountZat }) => total + amountZat, 0n);
    const balanced: JournalLine[] = [...lines, { account: "network-fee", amountZat: -sum }];
    let entry;
    try {
      entry = makeEntry({ ...head, lines: balanced });
    } catch (error) {
      // Lines that cancel each other are no movement.
      assert.match((error as Error).message, /nothing moves/);
      return;
    }
    const reverse = reverseEntry(entry, { ...head, id: "back" });
    for (const { account, amountZat } of entry.lines) {
      const back = reverse.lines.find((line) => line.account === account);
      assert.equal(back?.amountZat, -amountZat);
    }
    assert(sameEntry(entry, makeEntry({ ...head, atMs: 9, lines: [...balanced].reverse() })));
    assert(!sameEntry(entry, reverseEntry(entry, head)));
  }));
});

Deno.test("account: a miner's accounts give the miner and the part back, also with odd names", () => {
  for (const minerId of ["t1abc", "a:b", "miner:x:available", "x:reserved", ":"]) {
    for (const part of ["immature", "available", "reserved"] as const) {
      assert.deepEqual(ownerOf(minerAccount(minerId, part)), { minerId, part });
    }
    assert.deepEqual(ownerOf(paidOut(minerId)), { minerId, part: "paid" });
  }
  for (const account of ["pool-fee", "suspense", "block-income:mature"] as const) {
    assert.equal(ownerOf(account), undefined);
  }
});
