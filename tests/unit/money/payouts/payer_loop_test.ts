/**
 * The payer between its turns: when it takes them, whose right it is, and what it says while they fail.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Logger } from "../../../../src/base/mod.ts";
import { LEASE_MS } from "../../../../src/money/payouts/payer_lease.ts";
import { type SqlDatabase, StorageError } from "../../../../src/platform/database/mod.ts";
import { RpcError } from "../../../../src/platform/rpc/mod.ts";
import { transparentAddress } from "../../../support/payout_addresses.ts";
import { HOUR_MS, PayoutWorld } from "../../../support/payout_world.ts";
import { until } from "../../../support/until.ts";

const ALICE = transparentAddress(1);

Deno.test("a process that stood still itself does not take another's right to pay for that", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const [payer, standby] = [world.process(), world.process()];
  await payer.turn();
  await standby.turn();
  // The machine that runs both is paused; the standby process is the first to go on.
  await world.clock.advance(10 * LEASE_MS);
  await standby.turn();
  assert.equal(standby.status.role, "standby");
  await payer.turn();
  assert.equal(payer.status.role, "payer");
  // It is watched anew once: a holder that is gone is followed all the same, however slow the turns.
  await standby.turn();
  for (let look = 0; look < 2; look++) {
    await world.clock.advance(LEASE_MS);
    await standby.turn();
  }
  assert.equal(standby.status.role, "payer");
});

Deno.test("a payer that is woken begins its next turn at once", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  await world.credit(ALICE, 5_000_000n);
  world.chain.failure = new RpcError("node", "unreachable", "the node is away");
  const ending = new AbortController();
  const engine = world.process();
  const running = engine.run(ending.signal);
  await until("it waits", () => engine.status.waitReason !== undefined);
  world.chain.failure = undefined;
  engine.wake();
  await until("it pays", () => engine.status.liveBatches === 1);
  assert.deepEqual(await world.states(), ["broadcast"]);
  ending.abort();
  await running;
});

Deno.test("a payer without its database says so once, asks ever less often, and says when it is over", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const lines: string[] = [];
  const logger: Logger = {
    log: (level, event, _message, fields) =>
      void lines.push(`${level} ${event} ${fields?.failures ?? ""}`.trimEnd()),
  };
  let tries = 0;
  let isAway = false;
  const refuse = (): void => {
    if (!isAway) return;
    tries++;
    throw new StorageError("io", "the database is away");
  };
  const database: SqlDatabase = {
    ...world.database,
    kind: world.database.kind,
    transaction: (work) => (refuse(), world.database.transaction(work)),
    read: (work) => (refuse(), world.database.read(work)),
  };
  const engine = world.processOn(database, logger);
  const ending = new AbortController();
  const running = engine.run(ending.signal);
  const untilLine = (line: string) =>
    until(`${line}, not ${lines}`, async () => {
      await world.clock.advance(1_000);
      return lines.includes(line);
    });
  await until("it pays", () => engine.status.role === "payer");
  lines.splice(0);
  isAway = true;
  await untilLine("error payouts_failing");
  await world.clock.advance(HOUR_MS);
  assert.ok(tries > 100 && tries < 130, `${tries} tries in an hour`);
  isAway = false;
  await untilLine(`info payouts_recovered ${tries}`);
  assert.equal(lines.splice(0).filter((line) => line === "error payouts_failing").length, 1);
  // A single lost connection that heals is no error.
  isAway = true;
  await untilLine("debug payouts_failing");
  isAway = false;
  await world.clock.advance(HOUR_MS);
  assert.deepEqual(lines.filter((line) => /^(?!debug).*payouts_/.test(line)), []);
  ending.abort();
  await running;
});
