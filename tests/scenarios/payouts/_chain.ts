/**
 * Scenarios 10 to 15, 30 and 33 to 36: the chain, several payers, odd batches, pauses and wallets
 * that are not well.
 *
 * @module
 */
import { RpcError } from "../../../src/platform/rpc/mod.ts";
import assert from "node:assert/strict";
import { LEASE_MS } from "../../../src/money/payouts/payer_lease.ts";
import { saplingAddress, transparentAddress } from "../../support/payout_addresses.ts";
import { HOUR_MS, PayoutWorld } from "../../support/payout_world.ts";
import { payoutTransaction } from "../../support/payout_transaction.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { engineScenario, type Scenario } from "./_scenario.ts";
import { assertPaidOnce, toTheEnd } from "./_sending.ts";

const ALICE = transparentAddress(1);
const BOB = saplingAddress(2);
const DUE = 123_456_789n;
const HAND = { actor: "test", reason: "the scenario" };

export const CHAIN: readonly Scenario[] = [
  engineScenario(
    10,
    "an expired payment is given up only below the depth, and a reorganisation above it revives it",
    "expiryDepth",
    async (on) => {
      await using world = await PayoutWorld.open({ method: "pczt", ...on });
      await world.credit(ALICE, DUE);
      world.chain.swallows = true;
      const engine = world.process();
      await engine.turn();
      const [lost] = world.wallet.transactions;
      assert.ok(lost !== undefined);
      await world.live(engine, 1, 45);
      await world.operator.runNow(HAND);
      await engine.turn();
      assert.deepEqual(await world.states(), ["broadcast"]);
      world.chain.swallows = false;
      world.chain.reorg(10);
      world.chain.receive(lost.txid);
      await world.live(engine, 1, 1);
      await world.live(engine, 1, 11);
      await assertPaidOnce(world, { [ALICE]: DUE });

      // The other end: it never comes back.
      await world.credit(BOB, DUE);
      world.chain.swallows = true;
      await world.operator.runNow(HAND);
      await world.live(engine, 1, 40);
      assert.equal((await world.balance(BOB)).reserved, DUE);
      await world.live(engine, 1, 11);
      assert.equal((await world.balance(BOB)).available, DUE);
      world.chain.swallows = false;
      await world.operator.runNow(HAND);
      await world.live(engine, 1, 1);
      await world.live(engine, 1, 11);
      await assertPaidOnce(world, { [ALICE]: DUE, [BOB]: DUE });
    },
  ),
  engineScenario(
    11,
    "a payment mined, taken out by a reorganisation and mined again elsewhere is settled once",
    "settleDepth",
    async (on) => {
      await using world = await PayoutWorld.open({ method: "pczt", ...on });
      await world.credit(ALICE, DUE);
      const engine = world.process();
      await world.live(engine, 1, 1);
      assert.deepEqual(await world.states(), ["mined"]);
      world.chain.reorg(1);
      world.chain.mine(2, { withMempool: false });
      await engine.turn();
      assert.deepEqual(await world.states(), ["broadcast"]);
      await world.live(engine, 1, 1);
      assert.deepEqual(await world.states(), ["mined"]);
      assert.equal((await world.balance(ALICE)).paid, 0n);
      await world.live(engine, 1, 9);
      await assertPaidOnce(world, { [ALICE]: DUE });
      const { events } = await world.operator.show((await world.batchIds())[0] ?? "");
      assert.equal(events.filter(({ event }) => event === "settle").length, 1);
    },
  ),
  engineScenario(
    12,
    "two payers start at once: one runs, the other yields, and an old fencing token is refused",
    "fencing",
    async (on) => {
      await using world = await PayoutWorld.open({ method: "z_sendmany", ...on });
      await world.credit(BOB, DUE);
      world.wallet.finishesAtOnce = false;
      const [one, two] = [world.process(), world.process()];
      await Promise.all([one.turn(), two.turn()]);
      assert.deepEqual([one.status.role, two.status.role].sort(), ["payer", "standby"]);
      assert.equal(world.wallet.calls.get("z_sendmany"), 1);
      const [old, young] = one.status.role === "payer" ? [one, two] : [two, one];
      const [id = ""] = await world.batchIds();
      const { batch } = await world.operator.show(id);
      const token = (await world.lease()).token;
      // The first payer hangs for longer than its right lasts.
      for (let half = 0; half < 2; half++) {
        await world.clock.advance(LEASE_MS / 2);
        await young.turn();
      }
      assert.equal(young.status.role, "payer");
      const book = new on.program.BatchBook({
        ...{ database: world.database, store: world.store, journal: world.ledger },
        ...{ clock: world.clock, random: seededRandom(9) },
      });
      const late = { kind: "send", transactions: [{ txid: "11".repeat(32) }] } as const;
      await assert.rejects(book.apply(batch, late, { kind: "payer", token }), { code: "fenced" });
      await old.turn();
      assert.equal(old.status.role, "standby");
      world.wallet.finishOperations();
      await world.live(young, 1, 1);
      await world.live(young, 1, 11);
      await assertPaidOnce(world, { [BOB]: DUE });
    },
  ),
  engineScenario(
    13,
    "one address that the wallet refuses: the others are paid, that one is held with its reason",
    "bisection",
    async (on) => {
      for (const method of ["pczt", "z_sendmany"] as const) {
        await using world = await PayoutWorld.open({ method, ...on });
        const miners = [1, 2, 3, 4, 5].map(transparentAddress);
        for (const miner of miners) await world.credit(miner, DUE);
        const [bad = "", ...good] = miners;
        world.wallet.refusedAddresses.set(bad, -5);
        const engine = world.process();
        await world.live(engine, 6, 1);
        await world.live(engine, 1, 11);
        await assertPaidOnce(world, Object.fromEntries(good.map((miner) => [miner, DUE])));
        assert.equal((await world.balance(bad)).available, DUE);
        const holds = await world.database.read((tx) => world.store.holds.all(tx));
        assert.deepEqual(holds.map(({ minerId }) => minerId), [bad]);
        assert.match(holds[0]?.reason ?? "", new RegExp(`wallet refuses ${bad}`));
        // He stays held, and nothing is asked of the wallet for him.
        await world.operator.runNow(HAND);
        const before = world.wallet.calls.get(method === "pczt" ? "pczt_create" : "z_sendmany");
        await world.live(engine, 1, 1);
        const after = world.wallet.calls.get(method === "pczt" ? "pczt_create" : "z_sendmany");
        assert.equal(after, before);
        assert.match(engine.status.heldBack[0]?.reason ?? "", /wallet refuses/);
      }
    },
  ),
  engineScenario(
    14,
    "46 recipients, 1, none, one address twice, and amounts with all decimals",
    "batchRules",
    async (on) => {
      await using world = await PayoutWorld.open({ method: "z_sendmany", ...on });
      const engine = world.process();
      await engine.turn();
      assert.deepEqual(await world.states(), []);
      const dues: Record<string, bigint> = {};
      for (let number = 1; number <= 46; number++) {
        const miner = transparentAddress(number);
        dues[miner] = 1_000_000n + 12_345_678n * BigInt(number);
        await world.credit(miner, dues[miner]);
      }
      await world.operator.runNow(HAND);
      await world.live(engine, 3, 1);
      await world.live(engine, 1, 11);
      await assertPaidOnce(world, dues);
      const sizes = (await world.batchRows()).map(({ recipients }) => recipients);
      assert.deepEqual(sizes, [45, 1]);
      // An account and its address: two payees, one recipient.
      const shared = transparentAddress(60);
      await world.credit("alice", 1_000_001n, shared);
      await world.credit(shared, 2_000_003n);
      await world.operator.runNow(HAND);
      await world.live(engine, 2, 1);
      await world.live(engine, 1, 11);
      assert.equal(world.chain.paid(shared), 3_000_004n);
      assert.equal((await world.balance("alice")).paid, 1_000_001n);
      assert.equal((await world.balance(shared)).paid, 2_000_003n);
    },
  ),
  engineScenario(
    15,
    "a transparent payee under a stricter ceiling is refused with a message, others are paid",
    "privacyCeiling",
    async (on) => {
      const limits = { privacyCeiling: "AllowRevealedAmounts" } as const;
      await using world = await PayoutWorld.open({ method: "pczt", ...on, limits });
      await world.credit(ALICE, DUE);
      await world.credit(BOB, DUE);
      const engine = world.process();
      await world.live(engine, 2, 1);
      await world.live(engine, 1, 11);
      await assertPaidOnce(world, { [BOB]: DUE });
      assert.equal((await world.balance(ALICE)).available, DUE);
      assert.deepEqual(engine.status.heldBack, [{
        reason: "transparent addresses need the privacy policy AllowRevealedRecipients, and the " +
          "ceiling is AllowRevealedAmounts",
        minerIds: [ALICE],
      }]);
    },
  ),
  engineScenario(
    30,
    "while payments are paused nothing is sent, balances grow, and a restart changes nothing",
    "pause",
    async (on) => {
      await using world = await PayoutWorld.open({ method: "pczt", ...on });
      await world.credit(BOB, DUE);
      await world.operator.pause(HAND);
      await world.live(world.process(), 1, 1);
      await world.credit(BOB, DUE);
      await world.clock.advance(LEASE_MS);
      const restarted = world.process();
      await restarted.turn();
      await world.clock.advance(LEASE_MS);
      await world.live(restarted, 2, 1);
      assert.equal(restarted.status.paused, true);
      assert.deepEqual(await world.states(), []);
      assert.equal(world.wallet.calls.get("pczt_create"), undefined);
      assert.equal((await world.balance(BOB)).available, 2n * DUE);
      await world.operator.resume(HAND);
      await world.live(restarted, 1, 1);
      await world.live(restarted, 1, 11);
      await assertPaidOnce(world, { [BOB]: 2n * DUE });
      const actions = await world.database.read((tx) => world.store.trail.actions(tx, 10));
      assert.deepEqual(actions.map(({ action }) => action), ["resume", "pause"]);
    },
  ),
  engineScenario(
    33,
    "the wallet is missing, locked, too old or behind for weeks: one run follows, within its limits",
    "walletGate",
    async (on) => {
      const limits = { payeeMaxZat: 50_000_000n, dayMaxZat: 80_000_000n };
      await using world = await PayoutWorld.open({ method: "z_sendmany", ...on, limits });
      await world.credit(BOB, DUE);
      await world.credit(ALICE, DUE);
      const engine = world.process();
      world.wallet.locked = true;
      await engine.turn();
      assert.match(engine.status.walletTrouble ?? "", /locked/);
      world.wallet.locked = false;
      world.wallet.lag = 50;
      await world.clock.advance(7 * 24 * HOUR_MS);
      await engine.turn();
      assert.match(engine.status.walletTrouble ?? "", /has scanned up to/);
      world.wallet.lag = 0;
      world.wallet.methodsHidden = ["z_sendmany"];
      const other = { code: -20, message: "no zebra-state v29 database found" };
      world.wallet.fail("getwalletstatus", { when: "before", how: other });
      await world.clock.advance(7 * 24 * HOUR_MS);
      await engine.turn();
      assert.match(engine.status.walletTrouble ?? "", /no zebra-state v29 database found/);
      await engine.turn();
      assert.match(engine.status.walletTrouble ?? "", /no method to send with/);
      assert.deepEqual(await world.states(), []);
      world.wallet.methodsHidden = [];
      world.wallet.fail("getwalletstatus", { when: "before", how: "reset" });
      await engine.turn();
      await world.live(engine, 3, 1);
      await world.live(engine, 1, 11);
      // One run for all the days that were missed: 0.5 ZEC a payee, 0.8 ZEC a day.
      const paid = [world.chain.paid(ALICE), world.chain.paid(BOB)];
      assert.deepEqual(paid.toSorted(), [0n, 50_000_000n]);
      assert.equal((await world.database.read((tx) => world.store.control.read(tx))).run, 1);
    },
  ),
  engineScenario(
    34,
    "a foreign memo makes the wallet's list fail: the batch stays unknown, nothing is released",
    "failedScanDecidesNothing",
    async (on) => {
      await using world = await PayoutWorld.open({ method: "z_sendmany", ...on });
      await world.credit(BOB, DUE);
      world.wallet.fail("z_sendmany", { when: "after", how: "reset" });
      world.wallet.poisonedRow = 0;
      const engine = world.process();
      await engine.turn();
      // Mined meanwhile, where only the list could have told.
      await world.live(engine, 1, 300);
      assert.deepEqual(await world.states(), ["unknown"]);
      const [id = ""] = await world.batchIds();
      await assert.rejects(world.operator.release(id, id, HAND), { code: "on-chain" });
      world.wallet.poisonedRow = undefined;
      await world.live(engine, 1, 1);
      await toTheEnd(world);
      await assertPaidOnce(world, { [BOB]: DUE });
    },
  ),
  engineScenario(
    35,
    "a transaction that is expired or about to expire at our node's tip is parked, not sent",
    "expiryMargin",
    async (on) => {
      for (const expiryBlocks of [-3, 5, 9]) {
        await using world = await PayoutWorld.open({ method: "pczt", ...on });
        await world.credit(BOB, DUE);
        world.wallet.expiryBlocks = expiryBlocks;
        const engine = world.process();
        await engine.turn();
        assert.deepEqual(await world.states(), ["parked"], `${expiryBlocks} blocks of life`);
        assert.equal(world.chain.broadcasts.size, 0);
        assert.equal(engine.status.liveBatches, 1);
        // Nothing else is sent from the wallet while it may be choosing the same notes.
        await world.credit(ALICE, DUE);
        await world.operator.runNow(HAND);
        await engine.turn();
        assert.equal((await world.states()).length, 1);
        world.wallet.expiryBlocks = 40;
        await world.live(engine, 1, 20);
        await toTheEnd(world);
        await assertPaidOnce(world, { [ALICE]: DUE, [BOB]: DUE });
      }
      // A node that cannot be asked decides nothing either.
      await using world = await PayoutWorld.open({ method: "pczt", ...on });
      await world.credit(BOB, DUE);
      world.chain.failure = new RpcError("node", "timeout", "the node is away");
      const engine = world.process();
      await engine.turn();
      assert.deepEqual(await world.states(), []);
    },
  ),
  engineScenario(
    36,
    "a transaction that is named before anybody can see it and pays somebody else settles nothing",
    "payeesArePaid",
    async (on) => {
      await using world = await PayoutWorld.open({ method: "pczt", ...on });
      await world.credit(ALICE, DUE);
      const options = { network: "main", minPayoutZat: 1_000_000n } as const;
      const handler = new on.program.SettlementHandler(options, world.externalModules);
      await handler.settle(world.clock.now());
      const recipients = [{ address: transparentAddress(9), amountZat: DUE }];
      const foreign = payoutTransaction(recipients, {
        ...{ expiryHeight: 0, feeZat: 1_000n, serial: 1 },
      });
      const [payout] = await handler.payouts(0, 1);
      await handler.sent(payout?.id ?? "", foreign.txid);
      world.chain.known.set(foreign.txid, foreign);
      world.chain.receive(foreign.txid);
      const engine = world.externalProcess();
      await world.live(engine, 3, 11);
      assert.deepEqual(await world.states(), ["broadcast"]);
      assert.equal((await world.balance(ALICE)).reserved, DUE);
      assert.match(engine.status.disputes[0]?.reason ?? "", /0 zatoshis, and 123456789 are owed/);
    },
  ),
];
