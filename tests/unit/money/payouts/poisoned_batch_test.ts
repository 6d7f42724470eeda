/**
 * One batch that cannot go on: it is said once, payments pause, and the others come to their end.
 *
 * @module
 */
import assert from "node:assert/strict";
import { SettlementHandler } from "../../../../src/money/settlement/mod.ts";
import { saplingAddress, transparentAddress } from "../../../support/payout_addresses.ts";
import { payoutTransaction } from "../../../support/payout_transaction.ts";
import { PayoutWorld } from "../../../support/payout_world.ts";

const ALICE = transparentAddress(1);
const BOB = saplingAddress(2);
const HAND = { actor: "ada", reason: "she looked at it" };

const DAMAGES = [
  "{",
  "null",
  "5",
  "[]",
  '{"kind":"paid"}',
  '{"kind":"reserved"}',
  '{"kind":"broadcast"}',
  '{"kind":"broadcast","transactions":[{"feeZat":"x"}]}',
];

for (const damage of DAMAGES) {
  Deno.test(`a batch whose stored state is ${damage} stops no other one on its way`, async () => {
    await using world = await PayoutWorld.open({ method: "pczt" });
    await world.credit(BOB, 5_000_000n);
    await world.credit(ALICE, 6_000_000n);
    await world.process().turn();
    assert.deepEqual(await world.states(), ["broadcast", "broadcast"]);
    const [id = ""] = await world.batchIds();
    await world.database.transaction(async (tx) => {
      await tx.execute("UPDATE payout_batch SET state_text = $1 WHERE id = $2", [damage, id]);
      await tx.execute("UPDATE payout_lease SET holder = ''");
    });
    const events: string[] = [];
    const logger = { log: (_level: string, event: string): void => void events.push(event) };
    const engine = world.process(undefined, logger);
    await world.live(engine, 3, 11);
    await world.live(engine, 10, 1);
    assert.deepEqual(await world.states(), ["broadcast", "settled"]);
    assert.equal(engine.status.paused, true);
    assert.match(engine.status.pausedReason, new RegExp(`batch ${id}`));
    const actions = await world.database.read((tx) => world.store.trail.actions(tx, 50));
    assert.equal(actions.length, 1);
    assert.equal(events.filter((event) => event === "payouts_paused").length, 1);
  });
}

Deno.test("a payment named twice by the wallet stops no other one, and nothing new is sent", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany" });
  await world.credit(BOB, 5_000_000n);
  const engine = world.process();
  await engine.turn();
  await engine.turn();
  await world.credit(ALICE, 6_000_000n);
  world.wallet.finishesAtOnce = false;
  await world.operator.runNow(HAND);
  await engine.turn();
  assert.deepEqual(await world.states(), ["broadcast", "building"]);
  world.wallet.successNamed = world.wallet.transactions[0]?.txid;
  world.wallet.finishOperations();
  await engine.turn();
  assert.match(engine.status.pausedReason, /belongs to another batch/);
  // Its list has what it paid in truth.
  await world.live(engine, 2, 11);
  await world.live(engine, 10, 1);
  assert.deepEqual(await world.states(), ["settled", "settled"]);
  assert.equal(world.chain.paid(ALICE), 6_000_000n);
  const actions = await world.database.read((tx) => world.store.trail.actions(tx, 50));
  assert.deepEqual(actions.map(({ action }) => action), ["pause", "run"]);
});

Deno.test("payments that a payer reported are followed behind any number that he did not", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  for (let number = 1; number <= 1_001; number++) {
    await world.credit(`miner${number.toString().padStart(5, "0")}`, 5_000_000n, ALICE);
  }
  const options = { network: "main", minPayoutZat: 1_000_000n } as const;
  const handler = new SettlementHandler(options, world.externalModules);
  for (const [count, more] of [[500, true], [500, true], [1, false]]) {
    const settled = await handler.settle(world.clock.now());
    assert.deepEqual([settled.count, settled.more], [count, more]);
    await world.clock.advance(1);
  }
  const [last] = await handler.payouts(1_000, 1);
  const recipients = [{ address: ALICE, amountZat: 5_000_000n }];
  const payment = payoutTransaction(recipients, { expiryHeight: 0, feeZat: 1_000n, serial: 1 });
  world.chain.known.set(payment.txid, payment);
  world.chain.receive(payment.txid);
  await handler.sent(last?.id ?? "", payment.txid);
  const engine = world.externalProcess();
  await world.live(engine, 2, 11);
  assert.equal((await handler.payout(last?.id ?? "")).state, "settled");
  assert.equal(engine.status.liveBatches, 1_000);
});
