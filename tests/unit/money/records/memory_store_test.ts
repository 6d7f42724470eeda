import assert from "node:assert/strict";
import { openStore } from "../../../../src/money/records/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { shareOf, storeSuite } from "../../../compliance/store_suite.ts";

storeSuite("memory store", (clock) => ({
  lasting: false,
  open: () => openStore({ kind: "memory" }, { clock }),
  async [Symbol.asyncDispose]() {},
}));

Deno.test("memory store: keeps the identities of the newest 200 heights by itself", async () => {
  const store = await openStore({ kind: "memory" }, { clock: new FakeClock() });
  for (let height = 1; height <= 201; height++) await store.recordShares([shareOf(1, { height })]);
  assert.deepEqual(await store.recordShares([shareOf(1, { height: 2 })]), { duplicates: 1 });
  assert.equal(await store.forgetProofs(202), 200);
  assert.equal((await store.totals()).shares, 201);
  await store.close();
});
