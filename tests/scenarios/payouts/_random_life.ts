import assert from "node:assert/strict";
import { LEASE_MS } from "../../../src/money/payouts/payer_lease.ts";
import type { PayoutEngine } from "../../../src/money/payouts/mod.ts";
import { saplingAddress, transparentAddress } from "../../support/payout_addresses.ts";
import { Crash, CrashSwitch, PayoutWorld } from "../../support/payout_world.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { assertPaidOnce, toTheEnd } from "./_sending.ts";

const MINERS = [1, 2, 3].flatMap((number) => [transparentAddress(number), saplingAddress(number)]);
const HAND = { actor: "test", reason: "the seed says so" };
const FAULTS = ["reset", "http500", "garbage"] as const;
const METHODS = [
  ...["z_sendmany", "z_getoperationstatus", "z_listtransactions", "z_viewtransaction"],
  ...["pczt_create", "pczt_extract", "getwalletstatus"],
];

/**
 * Payments under faults that a seed chooses: lost answers, killed payers, reorganisations, wallets
 * that forget, pauses. After every step the books have to be right, and in the end everybody has
 * been paid what he was owed, once.
 */
export async function randomLife(seed: number, steps: number): Promise<void> {
  const random = seededRandom(seed);
  const dice = (sides: number): number => {
    const [low = 0, high = 0] = random.bytes(2);
    return (low + 256 * high) % sides;
  };
  const method = seed % 2 === 0 ? "pczt" : "z_sendmany";
  await using world = await PayoutWorld.open({ method, limits: { recipientsMax: 2 } });
  const owed: Record<string, bigint> = {};
  let engine: PayoutEngine = world.process();
  for (let step = 0; step < steps; step++) {
    const what = dice(12);
    try {
      if (what === 0) {
        const miner = MINERS[dice(MINERS.length)] ?? "";
        const amount = 1_000_000n + BigInt(dice(60_000));
        owed[miner] = (owed[miner] ?? 0n) + amount;
        await world.credit(miner, amount);
      } else if (what === 1) await world.operator.runNow(HAND);
      else if (what === 2) {
        const name = METHODS[dice(METHODS.length)] ?? "";
        const how = FAULTS[dice(FAULTS.length)] ?? "reset";
        world.wallet.fail(name, { when: dice(2) === 0 ? "before" : "after", how });
      } else if (what === 3) {
        engine = world.process(new CrashSwitch(dice(12)));
        await world.clock.advance(LEASE_MS);
      } else if (what === 4) {
        world.chain.reorg(1 + dice(8), { keepMempool: dice(3) > 0 });
        world.chain.mine(9, { withMempool: dice(2) === 0 });
      } else if (what === 5) {
        world.wallet.restart();
        const outcomes = ["commit-failed-sent", "commit-failed-unsent", "not-broadcast"] as const;
        world.wallet.outcomes = dice(2) === 0 ? [outcomes[dice(3)] ?? "success"] : [];
      } else if (what === 6) {
        if (dice(2) === 0) await world.operator.pause(HAND);
        else await world.operator.resume(HAND);
      } else if (what === 7) await world.pass(20 + dice(60));
      else {
        await engine.turn();
        await world.pass(1 + dice(3));
      }
    } catch (thrown) {
      if (!(thrown instanceof Crash)) throw thrown;
      engine = world.process();
      await world.clock.advance(LEASE_MS);
    }
    await assertSound(world, `step ${step} of seed ${seed}`);
  }
  await world.operator.resume(HAND);
  world.wallet.outcomes = [];
  for (let round = 0; round < 3; round++) await toTheEnd(world);
  await assertPaidOnce(world, owed);
}

/** What has to hold at any moment. */
async function assertSound(world: PayoutWorld, at: string): Promise<void> {
  const { reserved, live } = await world.database.read(async (tx) => ({
    reserved: await world.ledger.reserved(tx),
    live: await world.store.payouts.reservedTotal(tx),
  }));
  assert.equal(reserved, live, at);
  for (const miner of MINERS) {
    const { available, reserved: own, paid } = await world.balance(miner);
    assert.ok(available >= 0n && own >= 0n && paid >= 0n, at);
    // What the chain gave him has left his balance: nobody is paid what is still due to him.
    assert.ok(world.chain.paid(miner) <= own + paid, `${miner} was paid too much at ${at}`);
    assert.ok(paid <= world.chain.paid(miner), `${miner} is booked as paid and is not at ${at}`);
  }
}
