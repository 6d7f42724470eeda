import assert from "node:assert/strict";
import { BatchBook } from "../../../../src/money/payouts/mod.ts";
import { LEASE_MS } from "../../../../src/money/payouts/payer_lease.ts";
import { StorageError } from "../../../../src/platform/database/mod.ts";
import { saplingAddress, transparentAddress } from "../../../support/payout_addresses.ts";
import { HOUR_MS, PayoutWorld } from "../../../support/payout_world.ts";

const ALICE = transparentAddress(1);
const BOB = saplingAddress(2);
const HAND = { actor: "ada", reason: "she looked at it" };

Deno.test("a wallet that made another payment than asked for is not believed: all stops", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  await world.credit(ALICE, 5_000_000n);
  world.wallet.cheats = true;
  const engine = world.process();
  await engine.turn();
  assert.deepEqual(await world.states(), ["released"]);
  assert.equal(world.chain.broadcasts.size, 0);
  assert.equal(engine.status.paused, true);
  assert.match(engine.status.pausedReason, /another transaction than asked for/);
  assert.equal((await world.balance(ALICE)).available, 5_000_000n);
});

Deno.test("reserved sums that do not fit the payouts pause everything before a run", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  await world.credit(BOB, 5_000_000n);
  await world.ledger.post({
    ...{ id: "odd", atMs: 1, reason: "a fault" },
    lines: [
      { account: `miner:${BOB}:available`, amountZat: -7n },
      { account: `miner:${BOB}:reserved`, amountZat: 7n },
    ],
  });
  const engine = world.process();
  await engine.turn();
  assert.deepEqual(await world.states(), []);
  assert.match(engine.status.pausedReason, /7 zatoshis reserved, and live payouts hold 0/);
});

Deno.test("a run is due once after an outage, and again an interval after it began", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const engine = world.process();
  await engine.turn();
  assert.equal((await world.operator.control()).run, 1);
  await world.clock.advance(5 * 24 * HOUR_MS);
  await engine.turn();
  await engine.turn();
  assert.equal((await world.operator.control()).run, 2);
  await world.clock.advance(24 * HOUR_MS - 1);
  await engine.turn();
  assert.equal((await world.operator.control()).run, 2);
  await world.clock.advance(1);
  await engine.turn();
  assert.equal((await world.operator.control()).run, 3);
});

Deno.test("a run that a clock far ahead began does not put off the next ones for years", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const engine = world.process();
  world.clock.jump(10 * 365 * 24 * HOUR_MS);
  await engine.turn();
  world.clock.jump(-10 * 365 * 24 * HOUR_MS);
  await world.credit(BOB, 5_000_000n);
  await engine.turn();
  assert.equal((await world.operator.control()).run, 2);
  assert.equal(engine.status.nextRunMs, world.clock.now() + 24 * HOUR_MS);
  // A clock that is set back a little begins no run more.
  world.clock.jump(-HOUR_MS);
  await engine.turn();
  assert.equal((await world.operator.control()).run, 2);
});

Deno.test("a clock that jumps ahead and back does not let the limit of a day be paid again", async () => {
  const limits = { dayMaxZat: 5_000_000n };
  await using world = await PayoutWorld.open({ method: "pczt", limits });
  const miners = [1, 2, 3].map(transparentAddress);
  for (const miner of miners) await world.credit(miner, 5_000_000n);
  const paid = (): bigint => miners.reduce((sum, miner) => sum + world.chain.paid(miner), 0n);
  const engine = world.process();
  await world.live(engine, 2, 11);
  assert.equal(paid(), 5_000_000n);
  for (const days of [2, 400, -402]) {
    world.clock.jump(days * 24 * HOUR_MS);
    await world.operator.runNow(HAND);
    await world.live(engine, 2, 11);
    assert.equal(paid(), 5_000_000n, `${days} days`);
    assert.match(engine.status.heldBack[0]?.reason ?? "", /the limit of one day/);
  }
  // A day that the chain has seen too; with slow blocks as well.
  for (const blocks of [3_456, 1_800]) {
    world.chain.mine(blocks);
    await world.clock.advance(24 * HOUR_MS + 1);
    await world.live(engine, 2, 11);
  }
  assert.equal(paid(), 15_000_000n);
});

Deno.test("the next run is told as a time to come, and not at all where another one pays", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const engine = world.process();
  await engine.turn();
  const { lastRunMs } = await world.database.read((tx) => world.store.control.read(tx));
  assert.equal(engine.status.nextRunMs, lastRunMs + 24 * HOUR_MS);
  await engine.release();
  const external = world.externalProcess();
  await external.turn();
  assert.equal(external.status.nextRunMs, undefined);
});

Deno.test("payees who bear the fee get less by their part, and no zatoshi is lost", async () => {
  const limits = { feePayer: "recipients" } as const;
  await using world = await PayoutWorld.open({ method: "pczt", limits });
  await world.credit(ALICE, 5_000_000n);
  const engine = world.process();
  await world.live(engine, 1, 1);
  await world.live(engine, 1, 11);
  assert.equal(world.chain.paid(ALICE), 4_998_000n);
  assert.equal((await world.balance(ALICE)).paid, 4_998_000n);
  const balances = await world.balances();
  assert.equal(balances.of("network-fee"), 2_000n);
  assert.equal(balances.of("pool-fee"), 0n);
  assert.deepEqual(balances.faults(), []);
});

Deno.test("coinbase outputs are shielded in bounded batches, and never beside a payment", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany", shieldingLimit: 50 });
  world.wallet.coinbaseOutputs = 120;
  world.wallet.funds = { ironwood: 0n, orchard: 0n, sapling: 0n, coinbase: 120n * 1_000_000n };
  const engine = world.process();
  await engine.turn();
  assert.equal(engine.status.shieldingBacklogZat, 120_000_000n);
  assert.equal(world.wallet.coinbaseOutputs, 70);
  for (let turn = 0; turn < 8; turn++) await engine.turn();
  assert.equal(world.wallet.coinbaseOutputs, 0);
  assert.equal(engine.status.shieldingBacklogZat, 0n);
  assert.equal(world.wallet.calls.get("z_shieldcoinbase"), 3);
  // A payment whose outcome is open holds the wallet.
  await world.credit(BOB, 5_000_000n);
  world.wallet.fail("z_sendmany", { when: "before", how: "reset" });
  await world.operator.runNow(HAND);
  await engine.turn();
  assert.deepEqual(await world.states(), ["unknown"]);
  world.wallet.coinbaseOutputs = 5;
  world.wallet.funds.coinbase = 5_000_000n;
  await engine.turn();
  assert.equal(world.wallet.coinbaseOutputs, 5);
});

Deno.test("a dry run says whom it would pay and changes nothing", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  await world.credit(ALICE, 5_000_000n);
  await world.credit(BOB, 7_000_000n);
  const plan = await world.process().dryRun();
  assert.deepEqual(plan.batches.map(({ kind, totalZat }) => [kind, totalZat]), [
    ["sapling", 7_000_000n],
    ["transparent", 5_000_000n],
  ]);
  assert.deepEqual(await world.states(), []);
  assert.equal((await world.operator.control()).run, 0);
});

Deno.test("an address that the node does not take is held before anything is asked of the wallet", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  await world.credit(ALICE, 5_000_000n);
  world.chain.invalidAddresses.add(ALICE);
  const engine = world.process();
  await engine.turn();
  assert.deepEqual(await world.states(), []);
  const [hold] = await world.database.read((tx) => world.store.holds.all(tx));
  assert.match(hold?.reason ?? "", /the node does not accept the address/);
});

Deno.test("when the wallet refuses everybody, payments pause instead of holding them all", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  for (let number = 1; number <= 12; number++) {
    const address = transparentAddress(number);
    await world.credit(address, 5_000_000n);
    world.wallet.refusedAddresses.set(address, -8);
  }
  const engine = world.process();
  for (let turn = 0; turn < 4; turn++) await engine.turn();
  assert.match(engine.status.pausedReason, /refused 6 recipients of run 1 one by one/);
  assert.equal((await world.database.read((tx) => world.store.holds.all(tx))).length, 6);
});

Deno.test("a person resolves, releases and lets others by, each time checked and kept", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany" });
  await world.credit(BOB, 5_000_000n);
  world.wallet.fail("z_sendmany", { when: "before", how: "reset" });
  const engine = world.process();
  await engine.turn();
  const [id = ""] = await world.batchIds();
  const { operator } = world;
  await assert.rejects(operator.resolve(id, "no txid", HAND), { code: "bad-request" });
  await assert.rejects(operator.resolve(id, "11".repeat(32), HAND), { code: "not-on-chain" });
  await assert.rejects(operator.resolve("1-ff", "11".repeat(32), HAND), { code: "unknown-batch" });
  await assert.rejects(operator.release(id, "", HAND), { code: "confirmation" });
  await assert.rejects(operator.pause({ actor: "ada", reason: "" }), { code: "bad-request" });
  // Another miner waits until the wallet is said to be free.
  await world.credit(ALICE, 6_000_000n);
  await operator.runNow(HAND);
  await engine.turn();
  assert.deepEqual(await world.states(), ["unknown"]);
  await operator.allowOthers(id, HAND);
  await world.live(engine, 1, 1);
  assert.deepEqual(await world.states(), ["unknown", "mined"]);
  const [, other = ""] = await world.batchIds();
  const txid = world.chain.payments[0] ?? "";
  // Its payment is the other batch's.
  await assert.rejects(operator.resolve(id, txid, HAND), { code: "refused" });
  await assert.rejects(operator.release(other, other, HAND), { code: "on-chain" });
  await operator.release(id, id, HAND);
  assert.equal((await world.balance(BOB)).available, 5_000_000n);
  const { events } = await operator.show(id);
  assert.deepEqual(events.map(({ event, actor }) => [event, actor]), [
    ["reserve", "payer 1"],
    ["intend", "payer 1"],
    ["lose_track", "payer 1"],
    ["allow_others", "ada"],
    ["release_by_hand", "ada"],
  ]);
  const actions = await world.database.read((tx) => world.store.trail.actions(tx, 10));
  assert.deepEqual(actions.map(({ action, subject }) => [action, subject]), [
    ["release", id],
    ["allow-others", id],
    ["run", ""],
  ]);
});

Deno.test("what a person lets pass is not undone by a step that was made from the former row", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany" });
  await world.credit(BOB, 5_000_000n);
  world.wallet.fail("z_sendmany", { when: "before", how: "reset" });
  const engine = world.process();
  await engine.turn();
  const book = new BatchBook({ ...world.externalModules, journal: world.ledger });
  const [id = ""] = await world.batchIds();
  const former = await book.find(id);
  assert.ok(former !== undefined);
  await world.operator.allowOthers(id, HAND);
  const by = { kind: "payer", token: (await world.lease()).token } as const;
  const lost = { kind: "lose_track", reason: "more", atMs: 7, transactions: [] } as const;
  await assert.rejects(book.apply(former, lost, by), { code: "changed" });
  const [row] = await world.batchRows();
  assert.equal(row?.occupies, false);
  // A step made from the present row leaves others their way.
  const present = await book.find(id);
  assert.ok(present !== undefined);
  assert.equal((await book.apply(present, lost, by)).row.occupies, false);
  await assert.rejects(world.operator.allowOthers(id, HAND), { code: "refused" });
});

Deno.test("others pass only a batch that keeps them waiting and is not being made or sent", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany" });
  await world.credit(BOB, 5_000_000n);
  world.wallet.finishesAtOnce = false;
  const engine = world.process();
  await engine.turn();
  assert.deepEqual(await world.states(), ["building"]);
  const [id = ""] = await world.batchIds();
  await assert.rejects(world.operator.allowOthers(id, HAND), { code: "refused" });
  world.wallet.finishOperations();
  await engine.turn();
  assert.deepEqual(await world.states(), ["broadcast"]);
  await assert.rejects(world.operator.allowOthers(id, HAND), /keeps no other one waiting/);
});

Deno.test("a person says by which transaction an unknown batch was paid", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany" });
  await world.credit(BOB, 5_000_000n);
  world.wallet.fail("z_sendmany", { when: "after", how: "reset" });
  world.wallet.poisonedRow = 0;
  const engine = world.process();
  await world.live(engine, 1, 1);
  const [id = ""] = await world.batchIds();
  await world.operator.resolve(id, world.wallet.transactions[0]?.txid ?? "", HAND);
  await world.live(engine, 1, 11);
  assert.equal((await world.balance(BOB)).paid, 5_000_000n);
});

for (const method of ["pczt", "z_sendmany"] as const) {
  Deno.test(`what the wallet answered by ${method} outlasts a database that is away`, async () => {
    await using world = await PayoutWorld.open({ method });
    await world.credit(ALICE, 5_000_000n);
    const last = method === "pczt" ? "pczt_extract" : "z_sendmany";
    let away = 3;
    const engine = world.processOn({
      kind: world.database.kind,
      read: (work) => world.database.read(work),
      write: (work) => world.database.write(work),
      async transaction(work) {
        if ((world.wallet.calls.get(last) ?? 0) > 0 && away-- > 0) {
          throw new StorageError("busy", "another process holds the lock");
        }
        return await world.database.transaction(work);
      },
      close: () => world.database.close(),
    });
    for (let turn = 0; turn < 3; turn++) await assert.rejects(engine.turn(), { code: "busy" });
    assert.deepEqual(await world.states(), ["building"]);
    await engine.turn();
    await world.live(engine, 2, 11);
    assert.deepEqual(await world.states(), ["settled"]);
    assert.equal(world.chain.paid(ALICE), 5_000_000n);
    const { events } = await world.operator.show((await world.batchIds())[0] ?? "");
    assert.equal(events.some(({ event }) => event === "lose_track" || event === "reject"), false);
  });
}

Deno.test("a payer that ends gives its right back at once; one that hangs loses it after a while", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const [one, two, three] = [world.process(), world.process(), world.process()];
  await one.turn();
  await one.release();
  await two.turn();
  assert.equal(two.status.role, "payer");
  await three.turn();
  await world.clock.advance(LEASE_MS / 2);
  await three.turn();
  await world.clock.advance(LEASE_MS / 2 - 1);
  await three.turn();
  assert.equal(three.status.role, "standby");
  await world.clock.advance(1);
  await three.turn();
  assert.equal(three.status.role, "payer");
});
