import assert from "node:assert/strict";
import { ShareAllowance } from "../../../../src/mining/shares/mod.ts";

/** How many of so many shares, sent at one moment, find a place. */
function taken(allowance: ShareAllowance, shares: number, atMs: number): number {
  let count = 0;
  for (let sent = 0; sent < shares; sent++) if (allowance.take(atMs)) count++;
  return count;
}

Deno.test("a second's shares pass at once and the next one does not", () => {
  const allowance = new ShareAllowance(100, 5_000);
  assert.equal(taken(allowance, 150, 5_000), 100);
  assert.equal(taken(allowance, 5, 5_009), 0);
  assert.equal(taken(allowance, 5, 5_010), 1);
});

Deno.test("what is not used is gathered for one second and no longer", () => {
  const allowance = new ShareAllowance(10, 0);
  assert.equal(taken(allowance, 20, 0), 10);
  assert.equal(taken(allowance, 20, 3_600_000), 10);
});

Deno.test("a steady sender at the limit is never refused, one above it gets the limit", () => {
  const steady = new ShareAllowance(100, 0);
  const eager = new ShareAllowance(100, 0);
  let passed = 0;
  for (let ms = 0; ms < 60_000; ms += 10) {
    assert.ok(steady.take(ms), String(ms));
    passed += taken(eager, 3, ms);
  }
  assert.equal(passed, 100 + 5_999);
});
