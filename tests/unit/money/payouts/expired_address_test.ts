import assert from "node:assert/strict";
import { expiredAddress } from "../../../../src/money/payouts/expired_address.ts";
import { parseAddress } from "../../../../src/chain/zcash/mod.ts";
import { saplingAddress } from "../../../support/payout_addresses.ts";
import { PayoutWorld } from "../../../support/payout_world.ts";
import { unified } from "../../../support/unified_addresses.ts";

// Every byte of the helper's items is one more than the typecode.
const HEIGHT = 0xe1e1e1e1;
const BY_HEIGHT = unified([[2, 43], [0xe0, 4]], { prefix: "zu" });
const BY_TIME = unified([[2, 43], [0xe1, 8]], { prefix: "zu" });
const EXPIRED = unified([[2, 43], [0xe1, 8]], { prefix: "zu", bytes: 0 });

Deno.test("a payment is held back as long before an address ends as it may wait to be mined", () => {
  const address = parseAddress(BY_HEIGHT, "main");
  const at = (tipHeight: number | undefined) =>
    expiredAddress(address, { tipHeight, timeMs: 9e15 });
  assert.equal(at(HEIGHT - 40), undefined);
  assert.match(at(HEIGHT - 39) ?? "", /expired or is about to/);
  assert.equal(at(undefined), undefined);
  assert.equal(
    expiredAddress(parseAddress(BY_TIME, "main"), { tipHeight: 1, timeMs: 9e15 }),
    undefined,
  );
});

Deno.test("a miner whose address has expired is not paid, and those beside are", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const alice = saplingAddress(2);
  await world.credit(EXPIRED, 5_000_000n);
  await world.credit(alice, 5_000_000n);
  await world.process().turn();
  assert.deepEqual(await world.states(), ["broadcast"]);
  const [id = ""] = await world.batchIds();
  const paid = await world.database.read((tx) => world.store.payouts.ofBatch(tx, id));
  assert.deepEqual(paid.map(({ minerId }) => minerId), [alice]);
});
