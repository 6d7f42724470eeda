import assert from "node:assert/strict";
import { ADDRESS_DELAY_MS, addressAt, nextChange } from "../../../../src/money/accounts/mod.ts";
import type { AddressChange } from "../../../../src/money/accounts/mod.ts";

const HOUR = 3_600_000;

/** Changes made by wishes at their hours; a wish that changes nothing is left out. */
function historyOf(...wishes: [hour: number, address: string][]): AddressChange[] {
  const changes: AddressChange[] = [];
  for (const [hour, address] of wishes) {
    const change = nextChange(changes, { address, actor: "test", reason: "" }, hour * HOUR);
    if (change !== undefined) changes.push(change);
  }
  return changes;
}

Deno.test("the first address counts at once, a changed one after 24 hours", () => {
  const changes = historyOf([0, "old"], [10, "new"]);
  assert.equal(ADDRESS_DELAY_MS, 24 * HOUR);
  assert.deepEqual(addressAt(changes, 0), { address: "old" });
  assert.deepEqual(addressAt(changes, 34 * HOUR - 1), {
    address: "old",
    pending: { address: "new", effectiveMs: 34 * HOUR },
  });
  assert.deepEqual(addressAt(changes, 34 * HOUR), { address: "new" });
});

Deno.test("a change that is followed by another one in its time never counts", () => {
  const changes = historyOf([0, "old"], [10, "thief"], [20, "mine"]);
  assert.deepEqual(addressAt(changes, 33 * HOUR)?.pending?.address, "mine");
  assert.deepEqual(addressAt(changes, 35 * HOUR)?.address, "old");
  assert.deepEqual(addressAt(changes, 44 * HOUR), { address: "mine" });
});

Deno.test("asking for the address that counts takes a waiting change back at once", () => {
  const changes = historyOf([0, "old"], [10, "thief"], [11, "old"]);
  for (const hour of [11, 34, 100]) {
    assert.deepEqual(addressAt(changes, hour * HOUR), { address: "old" }, `hour ${hour}`);
  }
});

Deno.test("asking for what is so, or will be so, changes nothing and begins no new wait", () => {
  assert.equal(historyOf([0, "old"], [1, "old"]).length, 1);
  const changes = historyOf([0, "old"], [10, "new"], [20, "new"]);
  assert.equal(changes.length, 2);
  assert.deepEqual(addressAt(changes, 34 * HOUR), { address: "new" });
});

Deno.test("a change after one that counts already is a change like the first", () => {
  const changes = historyOf([0, "a"], [10, "b"], [50, "c"]);
  assert.deepEqual(addressAt(changes, 60 * HOUR)?.address, "b");
  assert.deepEqual(addressAt(changes, 74 * HOUR), { address: "c" });
  assert.equal(addressAt([], 0), undefined);
});
