import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type CoinbaseLimits,
  type CoinbasePayee,
  divideCoinbase,
} from "../../../../src/money/ledger/coinbase_split.ts";

/** 34 bytes and one signature operation: an output to a t1 address. */
const T1 = { bytes: 34, sigops: 1 };

const limits = (changes: Partial<CoinbaseLimits> = {}): CoinbaseLimits => ({
  valueZat: 1_000n,
  feeZat: 0n,
  minPayoutZat: 100n,
  payeesMax: 100,
  room: { bytes: 10_000, sigops: 1_000 },
  ...changes,
});
const payee = (
  minerId: string,
  waitingSinceMs: number,
  debtZat: bigint,
  partZat = 0n,
): CoinbasePayee => ({ minerId, waitingSinceMs, debtZat, partZat, output: T1 });

Deno.test("coinbase split: today's reward pays 41 payees at the default minimum of 0.01 ZEC", () => {
  const many = Array.from(
    { length: 100 },
    (_, i) => payee(`m${String(i).padStart(3, "0")}`, i, 1_000_000n),
  );
  const { payments, restZat } = divideCoinbase(
    limits({ valueZat: 41_666_668n, feeZat: 416_666n, minPayoutZat: 1_000_000n }),
    many,
  );
  assert.equal(payments.length, 41);
  assert.equal(restZat, 666_668n);
});

Deno.test("coinbase split: the longest waiting first, each whole, the last takes what remains", () => {
  const { payments, restZat } = divideCoinbase(limits({ feeZat: 10n }), [
    payee("late", 3, 500n),
    payee("early", 1, 300n, 250n),
    payee("middle", 2, 99n),
    payee("also-early", 1, 100n),
  ]);
  assert.deepEqual(payments, [
    { minerId: "also-early", debtZat: 100n, partZat: 0n },
    { minerId: "early", debtZat: 300n, partZat: 250n },
    { minerId: "late", debtZat: 340n, partZat: 0n },
  ]);
  assert.equal(restZat, 10n);
});

Deno.test("coinbase split: what remains below the minimum pays nobody", () => {
  const { payments, restZat } = divideCoinbase(limits(), [
    payee("a", 1, 901n),
    payee("b", 2, 500n),
  ]);
  assert.deepEqual(payments, [{ minerId: "a", debtZat: 901n, partZat: 0n }]);
  assert.equal(restZat, 99n);
});

Deno.test("coinbase split: a debt is paid before the part of this block", () => {
  const { payments } = divideCoinbase(limits({ valueZat: 450n }), [payee("a", 1, 400n, 200n)]);
  assert.deepEqual(payments, [{ minerId: "a", debtZat: 400n, partZat: 50n }]);
});

Deno.test("coinbase split: places, bytes and signature operations end it, nobody is passed over", () => {
  const three = [payee("a", 1, 100n), payee("b", 2, 100n), payee("c", 3, 100n)];
  const paid = (changes: Partial<CoinbaseLimits>) =>
    divideCoinbase(limits(changes), three).payments.map(({ minerId }) => minerId).join("");
  assert.equal(paid({}), "abc");
  assert.equal(paid({ payeesMax: 2 }), "ab");
  assert.equal(paid({ room: { bytes: 67, sigops: 9 } }), "a");
  assert.equal(paid({ room: { bytes: 999, sigops: 2 } }), "ab");
  assert.equal(paid({ payeesMax: 0 }), "");
});

Deno.test("coinbase split: amounts that cannot be are refused", () => {
  assert.throws(() => divideCoinbase(limits({ feeZat: 1_001n }), []), RangeError);
  assert.throws(() => divideCoinbase(limits({ feeZat: -1n }), []), RangeError);
  assert.throws(() => divideCoinbase(limits({ minPayoutZat: 0n }), []), RangeError);
  assert.throws(() => divideCoinbase(limits(), [payee("a", 1, -1n, 500n)]), RangeError);
});

const somePayees = fc.uniqueArray(
  fc.record({
    minerId: fc.string({ minLength: 1, maxLength: 5 }),
    waitingSinceMs: fc.nat(5),
    debtZat: fc.bigInt({ min: 0n, max: 400n }),
    partZat: fc.bigInt({ min: 0n, max: 400n }),
    output: fc.constantFrom(T1, { bytes: 32, sigops: 0 }),
  }),
  { maxLength: 30, selector: ({ minerId }) => minerId },
);
const someLimits = fc.record({
  valueZat: fc.bigInt({ min: 0n, max: 3_000n }),
  fee: fc.nat(100),
  minPayoutZat: fc.bigInt({ min: 1n, max: 300n }),
  payeesMax: fc.nat(12),
  room: fc.record({ bytes: fc.nat(500), sigops: fc.nat(12) }),
}).map(({ fee, ...rest }) => ({ ...rest, feeZat: rest.valueZat * BigInt(fee) / 100n }));

Deno.test("coinbase split: exact to the zatoshi, within every limit, in turn, whole but for the last", () => {
  fc.assert(fc.property(someLimits, somePayees, (given, payees) => {
    const { payments, restZat } = divideCoinbase(given, payees);
    const due = new Map(payees.map((each) => [each.minerId, each]));
    let sum = restZat;
    const room = { bytes: 0, sigops: 0 };
    payments.forEach(({ minerId, debtZat, partZat }, index) => {
      const owed = due.get(minerId);
      assert(owed !== undefined && due.delete(minerId), "a miner is paid twice");
      sum += debtZat + partZat;
      room.bytes += owed.output.bytes;
      room.sigops += owed.output.sigops;
      assert(debtZat + partZat >= given.minPayoutZat);
      assert(debtZat <= owed.debtZat && partZat <= owed.partZat);
      assert(partZat === 0n || debtZat === owed.debtZat, "the part is paid before the debt");
      const whole = debtZat === owed.debtZat && partZat === owed.partZat;
      assert(whole || index === payments.length - 1, "one before the last is not paid whole");
    });
    assert.equal(sum, given.valueZat);
    assert(restZat >= given.feeZat);
    assert(payments.length <= given.payeesMax);
    assert(room.bytes <= given.room.bytes && room.sigops <= given.room.sigops);
    const shuffled = divideCoinbase(given, payees.toReversed());
    assert.deepEqual(shuffled, { payments, restZat });
  }));
});

Deno.test("coinbase split: who waits longer and has as much due is never left out for another", () => {
  fc.assert(fc.property(someLimits, somePayees, (given, payees) => {
    const { payments } = divideCoinbase(given, payees);
    const paid = new Set(payments.map(({ minerId }) => minerId));
    const eligible = payees.filter(({ debtZat, partZat }) =>
      debtZat + partZat >= given.minPayoutZat
    );
    for (const one of eligible.filter(({ minerId }) => !paid.has(minerId))) {
      for (const other of eligible.filter(({ minerId }) => paid.has(minerId))) {
        assert(other.waitingSinceMs <= one.waitingSinceMs);
      }
    }
  }));
});
