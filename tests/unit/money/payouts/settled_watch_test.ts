import assert from "node:assert/strict";
import { transparentAddress } from "../../../support/payout_addresses.ts";
import { PayoutWorld } from "../../../support/payout_world.ts";

const ALICE = transparentAddress(1);
const BOB = transparentAddress(2);
const DUE = 123_456_789n;

async function control(world: PayoutWorld) {
  return await world.database.read((tx) => world.store.control.read(tx));
}

/** Alice is paid, and the payment is final. */
async function paid(): Promise<PayoutWorld> {
  const world = await PayoutWorld.open({ method: "pczt" });
  await world.credit(ALICE, DUE);
  const engine = world.process();
  await world.live(engine, 1, 1);
  await world.live(engine, 1, 11);
  assert.deepEqual(await world.states(), ["settled"]);
  await engine.release();
  return world;
}

Deno.test("a final payment that a deep reorganisation takes out stops payments and is sent again", async () => {
  await using world = await paid();
  const engine = world.process();
  await engine.turn();
  assert.equal((await control(world)).paused, false);
  world.chain.reorg(13, { keepMempool: false });
  world.chain.mine(14);
  await world.credit(BOB, DUE);
  await world.operator.runNow({ actor: "test", reason: "somebody is due" });
  await engine.turn();
  const { paused, pausedReason } = await control(world);
  assert.equal(paused, true);
  assert.match(pausedReason, /was final, and its transaction is not on the best chain any more/);
  assert.deepEqual(await world.states(), ["settled"], "nobody is paid meanwhile");
  assert.equal((await world.balance(ALICE)).paid, DUE, "the books stay as they are");
  // The same bytes were sent again: it is mined, and never paid twice.
  await world.live(engine, 1, 2);
  assert.equal(world.chain.paid(ALICE), DUE);
});

Deno.test("payments that an operator lets go on stay let go, while the chain still lacks the one", async () => {
  await using world = await paid();
  const engine = world.process();
  await engine.turn();
  world.chain.reorg(13, { keepMempool: false });
  world.chain.swallows = true;
  world.chain.mine(14);
  await engine.turn();
  await world.operator.resume({ actor: "test", reason: "looked into" });
  await world.live(engine, 3, 1);
  assert.equal((await control(world)).paused, false);
});

Deno.test("a node that is catching up, or fails, says nothing of final payments", async () => {
  await using world = await paid();
  const engine = world.process();
  await engine.turn();
  world.chain.reorg(13, { keepMempool: false });
  world.chain.mine(14, { withMempool: false });
  world.chain.synced = false;
  await engine.turn();
  assert.equal((await control(world)).paused, false);
  world.chain.synced = true;
  await engine.turn();
  assert.equal((await control(world)).paused, true);
});
