/**
 * Wallets that answer well-formed and wrong: nobody is paid twice by believing them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { PayoutOperator } from "../../../../src/money/payouts/mod.ts";
import { saplingAddress, transparentAddress } from "../../../support/payout_addresses.ts";
import { PayoutWorld } from "../../../support/payout_world.ts";

const ALICE = transparentAddress(1);
const BOB = saplingAddress(2);
const HAND = { actor: "ada", reason: "she looked at it" };

/** Bob is due, and the wallet was asked to pay him. */
async function askedToPay(prepare: (world: PayoutWorld) => void = () => {}): Promise<PayoutWorld> {
  const world = await PayoutWorld.open({ method: "z_sendmany" });
  await world.credit(BOB, 5_000_000n);
  prepare(world);
  const engine = world.process();
  await engine.turn();
  await engine.turn();
  await engine.release();
  return world;
}

/** Another run begins, and everything is followed to its end. */
async function payAgain(world: PayoutWorld): Promise<void> {
  await world.operator.runNow(HAND);
  await world.live(world.process(), 3, 11);
}

for (const code of [-32603, -32000, -1, -4, -20, -25, -26, 7]) {
  Deno.test(`a wallet that pays and then answers with the error ${code} pays once`, async () => {
    const how = { code, message: "Internal error" };
    await using world = await askedToPay((it) =>
      it.wallet.fail("z_sendmany", { when: "after", how })
    );
    await payAgain(world);
    assert.equal(world.chain.paid(BOB), 5_000_000n);
    assert.equal((await world.balance(BOB)).paid, 5_000_000n);
  });
}

for (const expiryheight of [-1, 1, 3_600_000, 2 ** 40, "1"]) {
  Deno.test(`a payment that expires at ${expiryheight} by the wallet's word is not given up`, async () => {
    await using world = await askedToPay((it) => it.wallet.lies = { expiryheight });
    world.chain.forgetMempool();
    await world.live(world.process(), 3, 11);
    assert.deepEqual(await world.states(), ["broadcast"]);
    assert.equal((await world.balance(BOB)).reserved, 5_000_000n);
  });
}

Deno.test("a payment that our node has lost and the wallet has is not released by hand", async () => {
  await using world = await askedToPay();
  assert.deepEqual(await world.states(), ["broadcast"]);
  world.chain.forgetMempool();
  const [id = ""] = await world.batchIds();
  await assert.rejects(world.operator.release(id, id, HAND), { code: "on-chain" });
  world.chain.receive(world.wallet.transactions[0]?.txid ?? "");
  await payAgain(world);
  assert.equal(world.chain.paid(BOB), 5_000_000n);
});

Deno.test("a batch is not released by hand where its wallet is not configured", async () => {
  await using world = await askedToPay((it) => {
    it.wallet.fail("z_sendmany", { when: "after", how: "reset" });
    it.wallet.poisonedRow = 0;
  });
  assert.deepEqual(await world.states(), ["unknown"]);
  const [id = ""] = await world.batchIds();
  world.chain.forgetMempool();
  const elsewhere = new PayoutOperator(world.options, world.externalModules);
  await assert.rejects(elsewhere.release(id, id, HAND), { code: "on-chain" });
  world.wallet.poisonedRow = undefined;
  await assert.rejects(world.operator.release(id, id, HAND), { code: "on-chain" });
});

Deno.test("a payment on a later page of a list that comes in short pages is found", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany" });
  world.wallet.pageRowsMax = 1;
  const engine = world.process();
  await world.credit(ALICE, 5_000_000n);
  await world.live(engine, 1, 11);
  await world.credit(BOB, 5_000_000n);
  world.wallet.fail("z_sendmany", { when: "after", how: "reset" });
  await world.operator.runNow(HAND);
  for (let time = 0; time < 3; time++) await world.live(engine, 1, 120);
  await payAgain(world);
  assert.equal(world.chain.paid(BOB), 5_000_000n);
  assert.deepEqual(await world.states(), ["settled", "settled"]);
});

for (const memosTold of ["", "00".repeat(512), `f6${"00".repeat(511)}`]) {
  Deno.test(`a payment is found in a list that has no memos (${memosTold.length} digits)`, async () => {
    await using world = await askedToPay((it) => {
      it.wallet.memosTold = memosTold;
      it.wallet.fail("z_sendmany", { when: "after", how: "reset" });
    });
    for (let time = 0; time < 3; time++) await world.live(world.process(), 1, 120);
    await payAgain(world);
    assert.equal(world.chain.paid(BOB), 5_000_000n);
    assert.deepEqual(await world.states(), ["settled"]);
  });
}

Deno.test("a payment is found in a list that does not tell what is change", async () => {
  await using world = await askedToPay((it) => {
    it.wallet.memosTold = "";
    it.wallet.outputLies = { is_change: null };
    it.wallet.fail("z_sendmany", { when: "after", how: "reset" });
  });
  await payAgain(world);
  assert.equal(world.chain.paid(BOB), 5_000_000n);
  assert.deepEqual(await world.states(), ["settled"]);
});

for (const listsOutputs of [true, false]) {
  Deno.test(`a payment that may be in a list without ${listsOutputs ? "addresses" : "outputs"} is not given up`, async () => {
    await using world = await askedToPay((it) => {
      it.wallet.memosTold = "";
      it.wallet.outputLies = { to_address: null };
      it.wallet.listsOutputs = listsOutputs;
      it.wallet.fail("z_sendmany", { when: "after", how: "reset" });
    });
    for (let time = 0; time < 3; time++) await world.live(world.process(), 1, 120);
    assert.deepEqual(await world.states(), ["unknown"]);
    const [id = ""] = await world.batchIds();
    await assert.rejects(world.operator.release(id, id, HAND), { code: "on-chain" });
    world.wallet.outputLies = {};
    world.wallet.listsOutputs = true;
    await payAgain(world);
    assert.equal(world.chain.paid(BOB), 5_000_000n);
  });
}

for (const expiryHeight of [0, 3_601_001, 499_999_999]) {
  Deno.test(`a payment whose bytes expire at ${expiryHeight} is not sent, and holds nothing`, async () => {
    await using world = await PayoutWorld.open({ method: "pczt" });
    await world.credit(BOB, 5_000_000n);
    world.wallet.expiryBlocks = expiryHeight - world.chain.height;
    const engine = world.process();
    await engine.turn();
    assert.deepEqual(await world.states(), ["released"]);
    assert.equal(world.chain.broadcasts.size, 0);
    assert.match(engine.status.pausedReason, /expire/);
    assert.equal((await world.balance(BOB)).available, 5_000_000n);
  });
}

for (const feeZat of [-5, 2 ** 52, 1.5, "5"]) {
  Deno.test(`a fee of ${feeZat} zatoshis is not booked, and stops nothing`, async () => {
    await using world = await askedToPay((it) => it.wallet.lies = { feeZat });
    const engine = world.process();
    await world.live(engine, 2, 11);
    assert.deepEqual(await world.states(), ["settled"]);
    assert.equal(engine.status.paused, false);
    assert.equal((await world.balances()).of("network-fee"), 0n);
    world.wallet.lies = {};
    await engine.turn();
    assert.equal((await world.balances()).of("network-fee"), 2_000n);
  });
}
