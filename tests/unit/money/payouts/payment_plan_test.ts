import assert from "node:assert/strict";
import fc from "fast-check";
import { allowedUnder, RECIPIENT_KINDS } from "../../../../src/money/wallet/mod.ts";
import { PRIVACY_POLICIES } from "../../../../src/money/wallet/privacy.ts";
import {
  type DuePayee,
  feeBudget,
  type PayoutLimits,
  planPayments,
} from "../../../../src/money/payouts/payment_plan.ts";

const LIMITS: PayoutLimits = {
  minPayoutZat: 1_000_000n,
  recipientsMax: 4,
  payeeMaxZat: 50_000_000n,
  batchMaxZat: 120_000_000n,
  dayMaxZat: 400_000_000n,
  privacyCeiling: "AllowRevealedRecipients",
  feePayer: "pool",
};
const MEANS = {
  ...{ spendableZat: 10_000_000_000n, paidTodayZat: 0n, ironwoodFunds: true, saplingFunds: false },
};

function payee(minerId: string, availableZat: bigint, more: Partial<DuePayee> = {}): DuePayee {
  return {
    minerId,
    address: `to ${minerId}`,
    kind: "shielded",
    availableZat,
    lastPaidMs: 0,
    ...more,
  };
}

const dues = fc.uniqueArray(
  fc.record({
    minerId: fc.string({ minLength: 1, maxLength: 6 }),
    kind: fc.constantFrom(...RECIPIENT_KINDS),
    availableZat: fc.bigInt({ min: 0n, max: 200_000_000n }),
    lastPaidMs: fc.nat({ max: 5 }),
  }),
  { maxLength: 40, selector: ({ minerId }) => minerId },
).map((list) => list.map((each) => ({ ...each, address: `to ${each.minerId}` })));

Deno.test("any plan keeps every limit, pays each miner once, and does not depend on the order", () => {
  fc.assert(
    fc.property(dues, fc.bigInt({ min: 0n, max: 900_000_000n }), (list, spendableZat) => {
      const means = { ...MEANS, spendableZat };
      const { batches, heldBack } = planPayments(list, LIMITS, means);
      const seen = new Set<string>();
      let total = 0n;
      let cost = 0n;
      for (const { kind, policy, payouts, totalZat } of batches) {
        assert.ok(payouts.length >= 1 && payouts.length <= (kind === "tex" ? 1 : 4));
        assert.equal(payouts.reduce((sum, { amountZat }) => sum + amountZat, 0n), totalZat);
        assert.ok(totalZat <= 120_000_000n);
        assert.ok(allowedUnder(LIMITS.privacyCeiling, policy));
        for (const { minerId, amountZat } of payouts) {
          assert.ok(!seen.has(minerId));
          seen.add(minerId);
          assert.equal(list.find((each) => each.minerId === minerId)?.kind, kind);
          assert.ok(amountZat >= 1_000_000n && amountZat <= 50_000_000n);
        }
        total += totalZat;
        cost += totalZat;
      }
      assert.ok(total <= 400_000_000n && cost <= spendableZat);
      for (const { minerIds } of heldBack) for (const id of minerIds) assert.ok(!seen.has(id));
      assert.deepEqual(planPayments(list.toReversed(), LIMITS, means).batches, batches);
    }),
    { numRuns: 300 },
  );
});

Deno.test("when the means do not suffice, who waited longest comes first, and nobody gets a part", () => {
  const list = [
    payee("a", 30_000_000n, { lastPaidMs: 300 }),
    payee("b", 30_000_000n, { lastPaidMs: 100 }),
    payee("c", 30_000_000n, { lastPaidMs: 200 }),
  ];
  const spendableZat = 60_000_000n + feeBudget(2);
  const plan = planPayments(list, LIMITS, { ...MEANS, spendableZat });
  assert.deepEqual(plan.batches.flatMap(({ payouts }) => payouts.map(({ minerId }) => minerId)), [
    "b",
    "c",
  ]);
  assert.deepEqual(plan.heldBack, [
    { reason: "the wallet's spendable funds do not suffice", minerIds: ["a"] },
  ]);
});

Deno.test("below the minimum nothing is planned, above a payee's limit only the limit", () => {
  const plan = planPayments([payee("a", 999_999n), payee("b", 50_000_001n)], LIMITS, MEANS);
  assert.deepEqual(plan.batches.map(({ totalZat }) => totalZat), [50_000_000n]);
});

Deno.test("where payees bear the fee, each gives an equal and small part of it", () => {
  const limits = { ...LIMITS, feePayer: "recipients" } as const;
  const { batches } = planPayments([payee("a", 1_000_000n), payee("b", 9_000_000n)], limits, MEANS);
  const parts = batches.flatMap(({ payouts }) => payouts.map(({ deductedZat }) => deductedZat));
  assert.deepEqual(parts, [2_000n, 2_000n]);
});

Deno.test("the policies are a lattice: amounts and senders are two directions", () => {
  assert.ok(allowedUnder("AllowRevealedRecipients", "AllowRevealedAmounts"));
  assert.ok(!allowedUnder("AllowRevealedRecipients", "AllowRevealedSenders"));
  assert.ok(!allowedUnder("AllowRevealedSenders", "AllowRevealedRecipients"));
  assert.ok(!allowedUnder("FullPrivacy", "AllowRevealedAmounts"));
  for (const policy of PRIVACY_POLICIES) {
    assert.ok(allowedUnder("NoPrivacy", policy));
    assert.ok(allowedUnder(policy, "FullPrivacy"));
    assert.ok(allowedUnder(policy, policy));
  }
});
