/**
 * Scenarios 1 to 9: what may happen between the engine and the wallet.
 *
 * @module
 */
import assert from "node:assert/strict";
import { bech32m } from "@scure/base";
import { LEASE_MS } from "../../../src/money/payouts/payer_lease.ts";
import { saplingAddress, transparentAddress } from "../../support/payout_addresses.ts";
import { Crash, CrashSwitch, PayoutWorld, type WorldOptions } from "../../support/payout_world.ts";
import type { TwinFault } from "../../support/zallet_twin.ts";
import { engineScenario, type Scenario, type ScenarioWorld } from "./_scenario.ts";

const ALICE = transparentAddress(1);
const BOB = saplingAddress(2);
const DUE = 123_456_789n;
const HAND = { actor: "test", reason: "the scenario" };

/** A world with one miner who is owed something, and the payer. */
async function withBob(options: WorldOptions): Promise<PayoutWorld> {
  const world = await PayoutWorld.open(options);
  await world.credit(BOB, DUE);
  return world;
}

/** Everything ends: payments get deep, unknown ones too old, and what came back is paid again. */
export async function toTheEnd(world: PayoutWorld): Promise<void> {
  const engine = world.process();
  await engine.turn();
  await world.clock.advance(LEASE_MS);
  for (let round = 0; round < 2; round++) {
    await world.live(engine, 2, 1);
    await world.live(engine, 1, 10);
    if (engine.status.liveBatches > 0) {
      // Past the expiry, past the longest operation, and past the blocks of an unseen transaction.
      for (const blocks of [60, 100, 60]) await world.live(engine, 1, blocks);
    }
    await world.operator.runNow(HAND);
  }
  await world.live(engine, 1, 1);
  await world.live(engine, 1, 11);
}

/** Each was paid what he was owed, once, on the chain and in the ledger. */
export async function assertPaidOnce(
  world: PayoutWorld,
  dues: Readonly<Record<string, bigint>>,
): Promise<void> {
  for (const [minerId, due] of Object.entries(dues)) {
    const address = world.addresses.get(minerId) ?? minerId;
    assert.equal(world.chain.paid(address), due, `${minerId} on the chain`);
    const balance = await world.balance(minerId);
    assert.deepEqual(balance, { immature: 0n, available: 0n, reserved: 0n, paid: due }, minerId);
  }
  assert.deepEqual((await world.balances()).faults(), []);
}

async function crashAtEveryStep(
  on: ScenarioWorld,
  method: WorldOptions["method"],
): Promise<number> {
  for (let at = 0;; at++) {
    await using world = await PayoutWorld.open({ method, ...on });
    await world.credit(ALICE, 5_000_000n);
    await world.credit(BOB, DUE);
    const crash = new CrashSwitch(at);
    const engine = world.process(crash);
    try {
      await world.live(engine, 1, 1);
      await world.live(engine, 1, 10);
    } catch (thrown) {
      if (!(thrown instanceof Crash)) throw thrown;
    }
    await toTheEnd(world);
    await assertPaidOnce(world, { [ALICE]: 5_000_000n, [BOB]: DUE });
    if (!crash.fired) return at;
  }
}

export const SENDING: readonly Scenario[] = [
  engineScenario(
    1,
    "a payer killed at any step is followed by one that pays each payee exactly once",
    "intentBeforeCall",
    async (on) => {
      const steps = [
        await crashAtEveryStep(on, "z_sendmany"),
        await crashAtEveryStep(on, "pczt"),
      ];
      // Two batches with some ten steps each; fewer would mean that the switch no longer counts.
      for (const count of steps) assert.ok(count >= 25, `only ${count} steps`);
    },
  ),
  engineScenario(
    2,
    "z_sendmany's answer is lost and the operation succeeds: adopted by its memo, paid once",
    "lostAnswerIsUnknown",
    async (on) => {
      await using world = await withBob({ method: "z_sendmany", ...on });
      world.wallet.fail("z_sendmany", { when: "after", how: "reset" });
      await world.process().turn();
      assert.deepEqual(await world.states(), ["broadcast"]);
      await toTheEnd(world);
      await assertPaidOnce(world, { [BOB]: DUE });
      assert.equal(world.wallet.calls.get("z_sendmany"), 1);
    },
  ),
  engineScenario(
    3,
    "z_sendmany's answer is lost and nothing was created: released only when it is too late to appear",
    "patienceBeforeRelease",
    async (on) => {
      await using world = await withBob({ method: "z_sendmany", ...on });
      world.wallet.fail("z_sendmany", { when: "before", how: "reset" });
      const engine = world.process();
      await world.live(engine, 1, 200);
      assert.deepEqual(await world.states(), ["unknown"]);
      assert.equal((await world.balance(BOB)).reserved, DUE);
      await world.live(engine, 2, 11);
      assert.deepEqual(await world.states(), ["released"]);
      assert.equal((await world.balance(BOB)).available, DUE);
      await toTheEnd(world);
      await assertPaidOnce(world, { [BOB]: DUE });
    },
  ),
  engineScenario(
    4,
    "the status question ends in HTTP 500, 401, a reset or broken JSON: nothing changes",
    "errorsDecideNothing",
    async (on) => {
      await using world = await withBob({ method: "z_sendmany", ...on });
      world.wallet.finishesAtOnce = false;
      const engine = world.process();
      await engine.turn();
      for (const how of ["http500", "http401", "reset", "garbage"] as const) {
        const fault: TwinFault = { when: "before", how };
        // Refused credentials are read afresh and tried once more.
        world.wallet.fail(
          "z_getoperationstatus",
          ...(how === "http401" ? [fault, fault] : [fault]),
        );
        await engine.turn();
        assert.deepEqual(await world.states(), ["building"], how);
      }
      world.wallet.finishOperations();
      await world.live(engine, 1, 1);
      await world.live(engine, 1, 11);
      await assertPaidOnce(world, { [BOB]: DUE });
    },
  ),
  engineScenario(
    5,
    "the wallet restarts and has forgotten the operation: that is no failure",
    "missingIsUnknown",
    async (on) => {
      await using world = await withBob({ method: "z_sendmany", ...on });
      world.wallet.finishesAtOnce = false;
      const engine = world.process();
      await engine.turn();
      world.wallet.finishOperations();
      world.wallet.restart();
      await engine.turn();
      assert.deepEqual(await world.states(), ["broadcast"]);
      await world.operator.runNow(HAND);
      world.wallet.finishesAtOnce = true;
      await world.live(engine, 1, 1);
      await world.live(engine, 1, 11);
      await assertPaidOnce(world, { [BOB]: DUE });
    },
  ),
  engineScenario(
    6,
    "an operation fails while sending and its transaction is mined: paid once",
    "failureIsUnknown",
    async (on) => {
      await using world = await withBob({ method: "z_sendmany", ...on });
      world.wallet.outcomes = ["commit-failed-sent"];
      const engine = world.process();
      await engine.turn();
      await world.operator.runNow(HAND);
      await world.live(engine, 1, 1);
      await world.live(engine, 1, 11);
      await assertPaidOnce(world, { [BOB]: DUE });
    },
  ),
  engineScenario(
    7,
    "insufficient funds, told at once or by the operation: released, due again, paid by the next run",
    "refusalReleases",
    async (on) => {
      await using world = await withBob({ method: "z_sendmany", ...on });
      world.wallet.outcomes = ["refused"];
      const engine = world.process();
      await engine.turn();
      assert.deepEqual(await world.states(), ["released"]);
      assert.equal((await world.balance(BOB)).available, DUE);
      world.wallet.fail("z_sendmany", {
        when: "before",
        how: { code: -6, message: "Insufficient balance" },
      });
      await world.operator.runNow(HAND);
      await engine.turn();
      assert.deepEqual(await world.states(), ["released", "released"]);
      await world.operator.runNow(HAND);
      await world.live(engine, 1, 1);
      await world.live(engine, 1, 11);
      await assertPaidOnce(world, { [BOB]: DUE });
    },
  ),
  engineScenario(
    8,
    "the wallet made the transaction and does not send it: not paid, and due again when it expired",
    "onlyBroadcastCounts",
    async (on) => {
      await using world = await withBob({ method: "z_sendmany", ...on });
      world.wallet.outcomes = ["not-broadcast"];
      const engine = world.process();
      await world.live(engine, 2, 1);
      assert.deepEqual(await world.states(), ["unknown"]);
      assert.equal(engine.status.unknownBatches, 1);
      await world.live(engine, 1, 47);
      assert.equal((await world.balance(BOB)).reserved, DUE);
      await world.live(engine, 1, 5);
      assert.deepEqual(await world.states(), ["released"]);
      assert.equal((await world.balance(BOB)).available, DUE);
    },
  ),
  engineScenario(
    9,
    "a success with two transactions is a payment only when both are mined",
    "allTransactionsCount",
    async (on) => {
      await using world = await PayoutWorld.open({ method: "pczt", ...on });
      const tex = bech32m.encode("tex", bech32m.toWords(new Uint8Array(20).fill(7)), false);
      await world.credit(tex, DUE);
      world.wallet.parts = 2;
      const engine = world.process();
      await engine.turn();
      const [first, second] = world.wallet.transactions;
      assert.ok(first !== undefined && second !== undefined);
      world.chain.forgetMempool();
      world.chain.receive(first.txid);
      await world.live(engine, 2, 8);
      assert.equal((await world.balance(tex)).paid, 0n);
      world.chain.receive(second.txid);
      await world.live(engine, 1, 1);
      await world.live(engine, 1, 11);
      await assertPaidOnce(world, { [tex]: DUE });
      const { batch } = await world.operator.show((await world.batchIds())[0] ?? "");
      assert.equal(batch.payouts[0]?.batch, batch.row.id);
      const [payout] = await world.operator.payoutsOf(tex, 1);
      assert.equal(payout?.txid, second.txid);
    },
  ),
];
