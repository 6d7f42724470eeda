/**
 * Operations of a wallet that never end, or end with somebody else's transaction: nobody is paid twice,
 * and a person can come to an end with them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { saplingAddress, transparentAddress } from "../../../support/payout_addresses.ts";
import { payoutTransaction } from "../../../support/payout_transaction.ts";
import { HOUR_MS, PayoutWorld } from "../../../support/payout_world.ts";

const ALICE = transparentAddress(1);
const BOB = saplingAddress(2);
const HAND = { actor: "ada", reason: "she looked at it" };
const DUE = 5_000_000n;

/** Bob is due, and the wallet says that it works on his payment. */
async function atWork(): Promise<{ world: PayoutWorld; id: string }> {
  const world = await PayoutWorld.open({ method: "z_sendmany" });
  await world.credit(BOB, DUE);
  world.wallet.executesForEver = true;
  world.wallet.finishesAtOnce = false;
  const engine = world.process();
  await engine.turn();
  await engine.release();
  assert.deepEqual(await world.states(), ["building"]);
  const [id = ""] = await world.batchIds();
  return { world, id };
}

/** A transaction of somebody else, in our node's mempool. */
function foreignTransaction(world: PayoutWorld, address = BOB): string {
  const options = { expiryHeight: 0, feeZat: 1_000n, serial: 99 };
  const foreign = payoutTransaction([{ address, amountZat: DUE }], options);
  world.chain.known.set(foreign.txid, foreign);
  world.chain.receive(foreign.txid);
  return foreign.txid;
}

Deno.test("a wallet that is at work for ever holds its payment, and nobody else's", async () => {
  const { world, id } = await atWork();
  await using _ = world;
  const engine = world.process();
  await world.clock.advance(HOUR_MS);
  await engine.turn();
  assert.deepEqual(await world.states(), ["unknown"]);
  // However long it lasts: it may send in a moment.
  await world.live(engine, 3, 300);
  assert.deepEqual(await world.states(), ["unknown"]);
  assert.equal((await world.balance(BOB)).reserved, DUE);
  await assert.rejects(world.operator.release(id, id, HAND), /when it has been restarted/);
  await world.operator.allowOthers(id, HAND);
  world.wallet.executesForEver = false;
  world.wallet.finishesAtOnce = true;
  await world.credit(ALICE, DUE);
  await world.operator.runNow(HAND);
  await world.live(engine, 2, 11);
  assert.equal((await world.balance(ALICE)).paid, DUE);
  // And then it does.
  world.wallet.finishOperations();
  await world.live(engine, 3, 11);
  assert.equal((await world.balance(BOB)).paid, DUE);
  assert.equal(world.chain.paid(BOB), DUE);
});

Deno.test("a wallet that was restarted sends nothing more: what it worked on is due again", async () => {
  const { world } = await atWork();
  await using _ = world;
  const engine = world.process();
  await world.clock.advance(HOUR_MS);
  await engine.turn();
  world.wallet.restart();
  await world.live(engine, 3, 110);
  assert.deepEqual(await world.states(), ["released"]);
});

Deno.test("a payment that the wallet made is found in its list, although it says that it is at work", async () => {
  const { world } = await atWork();
  await using _ = world;
  world.wallet.finishOperations();
  await world.clock.advance(HOUR_MS);
  await world.live(world.process(), 2, 11);
  assert.deepEqual(await world.states(), ["settled"]);
  assert.equal(world.chain.paid(BOB), DUE);
});

for (const waitsMs of [0, HOUR_MS]) {
  Deno.test(`a person resolves by the wallet's own payment only, ${waitsMs} ms after it began`, async () => {
    const { world, id } = await atWork();
    await using _ = world;
    await world.clock.advance(waitsMs);
    world.wallet.locked = true;
    const engine = world.process();
    await engine.turn();
    const { operator } = world;
    const foreign = foreignTransaction(world);
    await assert.rejects(operator.resolve(id, foreign, HAND), { code: "refused" });
    await assert.rejects(operator.release(id, id, HAND));
    world.wallet.finishOperations();
    await assert.rejects(operator.resolve(id, foreign, HAND), { code: "refused" });
    await operator.resolve(id, world.wallet.transactions[0]?.txid ?? "", HAND);
    await world.live(engine, 2, 11);
    assert.deepEqual(await world.states(), ["settled"]);
  });
}

Deno.test("a person does not resolve what the wallet is being asked for at this moment", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany" });
  await world.credit(BOB, DUE);
  const engine = world.process();
  let refused: unknown;
  const { database } = world;
  const stopped = world.processOn({
    ...database,
    kind: database.kind,
    read: (work) => database.read(work),
    close: () => database.close(),
    async transaction(work) {
      const result = await database.transaction(work);
      const [row] = await world.batchRows();
      if (row?.state === "building" && refused === undefined) {
        const txid = foreignTransaction(world);
        refused = await world.operator.resolve(row.id, txid, HAND).catch((thrown) => thrown);
      }
      return result;
    },
  });
  await stopped.turn();
  assert.match(String(refused), /it is building/);
  await stopped.release();
  await world.live(engine, 2, 11);
  assert.equal((await world.balance(BOB)).paid, DUE);
});

Deno.test("a wallet that names another batch's transaction and paid nothing frees itself for a person", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany" });
  await world.credit(ALICE, DUE);
  const engine = world.process();
  await world.live(engine, 2, 11);
  assert.deepEqual(await world.states(), ["settled"]);
  world.wallet.successNamed = world.wallet.transactions[0]?.txid;
  world.wallet.makesNothing = true;
  await world.credit(BOB, DUE);
  await world.operator.runNow(HAND);
  await world.live(engine, 2, 1);
  assert.deepEqual(await world.states(), ["settled", "unknown"]);
  assert.match(engine.status.pausedReason, /which belongs to another batch/);
  // It says that it has paid: that is not given up by itself.
  await world.live(engine, 3, 300);
  assert.deepEqual(await world.states(), ["settled", "unknown"]);
  const [, id = ""] = await world.batchIds();
  await world.operator.release(id, id, HAND);
  assert.equal((await world.balance(BOB)).available, DUE);
});

Deno.test("a wallet that names a transaction which nobody ever sees is put right by its own list", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany" });
  await world.credit(BOB, DUE);
  world.wallet.successNamed = "11".repeat(32);
  const engine = world.process();
  await engine.turn();
  await world.live(engine, 2, 300);
  assert.deepEqual(await world.states(), ["broadcast"]);
  const [id = ""] = await world.batchIds();
  const { operator } = world;
  await assert.rejects(operator.resolve(id, foreignTransaction(world), HAND), { code: "refused" });
  await assert.rejects(operator.release(id, id, HAND), { code: "on-chain" });
  await operator.resolve(id, world.wallet.transactions[0]?.txid ?? "", HAND);
  await world.live(engine, 2, 11);
  assert.deepEqual(await world.states(), ["settled"]);
});

Deno.test("a payment with the marker of a batch is not given back because another one has it", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany" });
  const engine = world.process();
  await world.credit(ALICE, DUE);
  await world.live(engine, 2, 11);
  assert.deepEqual(await world.states(), ["settled"]);
  world.wallet.executesForEver = true;
  world.wallet.finishesAtOnce = false;
  await world.credit(BOB, DUE);
  await world.operator.runNow(HAND);
  await engine.turn();
  await world.clock.advance(HOUR_MS);
  await engine.turn();
  assert.deepEqual(await world.states(), ["settled", "unknown"]);
  const [other = "", id = ""] = await world.batchIds();
  world.wallet.executesForEver = false;
  world.wallet.finishOperations();
  // The wallet had named Bob's payment for the other batch.
  const txid = world.wallet.transactions.at(-1)?.txid ?? "";
  await world.database.transaction((tx) =>
    world.store.attempts.claimTransaction(tx, { txid, batch: other, shared: false })
  );
  await world.live(engine, 3, 300);
  await assert.rejects(world.operator.release(id, id, HAND), { code: "on-chain" });
  assert.deepEqual(await world.states(), ["settled", "unknown"]);
});
