import assert from "node:assert/strict";
import { PendingVerdicts } from "../../../../src/mining/shares/pending_verdicts.ts";
import { settle } from "../../../support/fake_clock.ts";

Deno.test("the reader waits from the bound on, and goes on when one verdict came", async () => {
  const pending = new PendingVerdicts(2);
  pending.begin();
  assert.equal(pending.room(), undefined);
  pending.begin();
  pending.begin();
  let waited = false;
  void pending.room()?.then(() => waited = true);
  pending.end();
  await settle();
  assert.equal(waited, false);
  pending.end();
  await settle();
  assert.equal(waited, true);
  assert.equal(pending.room(), undefined);
  assert.equal(pending.count, 1);
});

Deno.test("nobody waits for the verdicts of a connection that has ended", async () => {
  const pending = new PendingVerdicts(1);
  pending.begin();
  const waiting = pending.room();
  assert(waiting !== undefined);
  pending.abandon();
  await waiting;
  assert.equal(pending.room(), undefined);
});
