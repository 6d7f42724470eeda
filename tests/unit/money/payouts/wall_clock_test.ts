/**
 * Marks of the wall clock that one wrong reading has moved: none of them holds payments up until the
 * time that was read has come.
 *
 * @module
 */
import assert from "node:assert/strict";
import { SettlementHandler } from "../../../../src/money/settlement/mod.ts";
import { saplingAddress, transparentAddress } from "../../../support/payout_addresses.ts";
import { payoutTransaction } from "../../../support/payout_transaction.ts";
import { HOUR_MS, PayoutWorld } from "../../../support/payout_world.ts";

const ALICE = transparentAddress(1);
const BOB = saplingAddress(2);
const HAND = { actor: "ada", reason: "she looked at it" };
const THREE_DAYS_MS = 72 * HOUR_MS;
const OPTIONS = { network: "main", minPayoutZat: 1_000_000n } as const;

Deno.test("a settlement by a clock days ahead does not keep the next ones from being made", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const handler = new SettlementHandler(OPTIONS, world.externalModules);
  await world.credit(ALICE, 5_000_000n);
  world.clock.jump(THREE_DAYS_MS);
  const ahead = await handler.settle(world.clock.now());
  assert.equal(ahead.count, 1);
  world.clock.jump(-THREE_DAYS_MS);
  await world.credit(BOB, 7_000_000n);
  assert.equal((await handler.settle(world.clock.now())).totalZat, 7_000_000n);
  // What was settled is answered as before, and watermarks of the right clock still grow.
  await world.clock.advance(HOUR_MS);
  await handler.settle(world.clock.now());
  await assert.rejects(handler.settle(world.clock.now() - 1), { code: "bad-request" });
  await world.clock.advance(THREE_DAYS_MS);
  assert.deepEqual(await handler.settle(ahead.watermarkMs), ahead);
});

Deno.test("what was credited by a clock days ahead is due at a watermark of the right one", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const handler = new SettlementHandler(OPTIONS, world.externalModules);
  world.clock.jump(THREE_DAYS_MS);
  await world.credit(ALICE, 5_000_000n);
  world.clock.jump(-THREE_DAYS_MS);
  const watermarkMs = world.clock.now();
  await world.clock.advance(1_000);
  await world.credit(ALICE, 3_000_000n);
  assert.equal((await handler.settle(watermarkMs)).totalZat, 5_000_000n);
});

Deno.test("a payout that was handed over by a clock days ahead can name the payment of another one", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const handler = new SettlementHandler(OPTIONS, world.externalModules);
  await world.credit(BOB, 5_000_000n);
  world.clock.jump(THREE_DAYS_MS);
  await handler.settle(world.clock.now());
  world.clock.jump(-THREE_DAYS_MS);
  await world.credit(saplingAddress(3), 5_000_000n);
  await handler.settle(world.clock.now());
  const [first, second] = await handler.payouts(0, 2);
  const paid = payoutTransaction(
    [first, second].map((payout) => ({ address: payout?.address ?? "", amountZat: 5_000_000n })),
    { expiryHeight: 0, feeZat: 1_000n, serial: 1 },
  );
  const { txid } = paid;
  await handler.sent(second?.id ?? "", txid);
  world.chain.known.set(txid, paid);
  world.chain.receive(txid);
  const engine = world.externalProcess();
  await world.live(engine, 2, 11);
  assert.equal((await handler.payout(second?.id ?? "")).state, "settled");
  await handler.sent(first?.id ?? "", txid);
  await world.live(engine, 2, 1);
  assert.equal((await handler.payout(first?.id ?? "")).state, "settled");
});

Deno.test("a payment that was begun by a clock days ahead is given up by the blocks that have passed", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany" });
  await world.credit(BOB, 5_000_000n);
  world.wallet.fail("z_sendmany", { when: "before", how: "reset" });
  world.clock.jump(THREE_DAYS_MS);
  const engine = world.process();
  await engine.turn();
  assert.deepEqual(await world.states(), ["unknown"]);
  world.clock.jump(-THREE_DAYS_MS);
  await world.live(engine, 2, 150);
  assert.equal((await world.balance(BOB)).available, 5_000_000n);
});

Deno.test("what was paid by a clock days ahead does not use up the limit of the days until then", async () => {
  const limits = { dayMaxZat: 5_000_000n };
  await using world = await PayoutWorld.open({ method: "pczt", limits });
  await world.credit(BOB, 5_000_000n);
  world.clock.jump(2 * THREE_DAYS_MS);
  const engine = world.process();
  await world.live(engine, 1, 11);
  await world.live(engine, 1, 1);
  assert.equal((await world.balance(BOB)).paid, 5_000_000n);
  world.clock.jump(-2 * THREE_DAYS_MS);
  await world.clock.advance(24 * HOUR_MS);
  world.chain.mine(3_456);
  await world.credit(ALICE, 5_000_000n);
  await world.operator.runNow(HAND);
  await world.live(engine, 2, 11);
  assert.equal((await world.balance(ALICE)).paid, 5_000_000n);
});
