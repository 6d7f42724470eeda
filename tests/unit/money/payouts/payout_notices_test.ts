/**
 * What the engine tells of itself in log and status: why payments wait, that they are paused, what
 * wallet and node refuse. Each is said once, and once when it is over.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type LogFields, silentLogger } from "../../../../src/base/mod.ts";
import { RpcError, type RpcErrorKind } from "../../../../src/platform/rpc/mod.ts";
import { pausePayments, PayoutEngine } from "../../../../src/money/payouts/mod.ts";
import { saplingAddress, transparentAddress } from "../../../support/payout_addresses.ts";
import { PayoutWorld } from "../../../support/payout_world.ts";

const ALICE = transparentAddress(1);
const BOB = saplingAddress(2);
const HAND = { actor: "ada", reason: "she looked at it" };

Deno.test("why payments wait is told once for each kind, whatever its words, and once when it is over", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const lines: string[] = [];
  const logger = {
    log: (_level: string, event: string, _message: string, fields?: LogFields) =>
      void (event.startsWith("payouts_wait") &&
        lines.push(`${event} ${fields?.reason ?? fields?.turns}`)),
  };
  const engine = new PayoutEngine(world.options, { ...world.externalModules, logger });
  const turns = async (...failures: (RpcErrorKind | undefined)[]): Promise<string[]> => {
    for (const [at, kind] of failures.entries()) {
      world.chain.failure = kind && new RpcError("node", kind, `${kind} at turn ${at}`);
      await engine.turn();
    }
    return lines.splice(0);
  };
  assert.deepEqual(await turns(undefined), []);
  assert.deepEqual(await turns("unreachable", "unreachable", "timeout", "unreachable", "timeout"), [
    "payouts_wait unreachable at turn 0",
    "payouts_wait timeout at turn 2",
  ]);
  assert.equal(engine.status.waitReason, "timeout at turn 4");
  assert.deepEqual(await turns(undefined, undefined), ["payouts_wait_over 5"]);
  assert.equal(engine.status.waitReason, undefined);
  assert.deepEqual(await turns("busy"), ["payouts_wait busy at turn 0"]);
});

Deno.test("that batches cannot be followed is told once, however many wait", async () => {
  await using world = await PayoutWorld.open({ method: "pczt", limits: { recipientsMax: 1 } });
  await world.credit(ALICE, 5_000_000n);
  await world.credit(BOB, 5_000_000n);
  const lines: string[] = [];
  const log = (level: string, event: string) => void lines.push(`${level} ${event}`);
  const engine = world.process(undefined, { log });
  await engine.turn();
  assert.deepEqual(await world.states(), ["broadcast", "broadcast"]);
  lines.splice(0);
  const { transaction } = world.chain;
  world.chain.transaction = () => Promise.reject(new RpcError("node", "timeout", "it hangs"));
  for (let turn = 0; turn < 3; turn++) await engine.turn();
  assert.deepEqual(lines.splice(0), ["warn payouts_wait"]);
  assert.equal(engine.status.waitReason, "it hangs");
  world.chain.transaction = transaction;
  await engine.turn();
  assert.deepEqual(lines, ["info payouts_wait_over"]);
});

Deno.test("a payer whose node is away is called the payer, and tells a pause", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  world.chain.failure = new RpcError("node", "timeout", "the node is away");
  const engine = world.externalProcess();
  await world.operator.pause(HAND);
  await engine.turn();
  const { role, paused, pausedReason, waitReason } = engine.status;
  assert.deepEqual([role, paused, pausedReason], ["payer", true, HAND.reason]);
  assert.equal(waitReason, "the node is away");
});

Deno.test("a pause is told by every process, also one that starts in it or does not pay", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const lines: string[] = [];
  const started = (name: string): PayoutEngine => {
    const log = (level: string, event: string) => void lines.push(`${name} ${level} ${event}`);
    return new PayoutEngine(world.options, { ...world.externalModules, logger: { log } });
  };
  await world.operator.pause(HAND);
  const [payer, standby] = [started("payer"), started("standby")];
  for (let turn = 0; turn < 2; turn++) {
    await payer.turn();
    await standby.turn();
  }
  assert.deepEqual([payer.status.role, standby.status.role], ["payer", "standby"]);
  assert.deepEqual([payer.status.pausedReason, standby.status.pausedReason], [
    HAND.reason,
    HAND.reason,
  ]);
  assert.deepEqual(lines.splice(0), ["payer warn payouts_paused", "standby warn payouts_paused"]);
  await world.operator.resume(HAND);
  await payer.turn();
  await standby.turn();
  assert.deepEqual([payer.status.paused, standby.status.paused], [false, false]);
  assert.deepEqual(lines, ["payer info payouts_resumed", "standby info payouts_resumed"]);
});

Deno.test("a pause that the payer begins himself is told once", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  await world.credit(ALICE, 5_000_000n);
  world.wallet.cheats = true;
  const lines: string[] = [];
  const log = (level: string, event: string) => void lines.push(`${level} ${event}`);
  const modules = { ...world.externalModules, wallet: world.newWallet(), logger: { log } };
  const engine = new PayoutEngine(world.options, modules);
  for (let turn = 0; turn < 3; turn++) await engine.turn();
  assert.match(engine.status.pausedReason, /another transaction than asked for/);
  assert.deepEqual(lines.filter((line) => line.includes("pause")), ["error payouts_paused"]);
});

Deno.test("a wallet that cannot be paid from is told once, and when it can again", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const lines: string[] = [];
  const log = (level: string, event: string, text: string) =>
    void lines.push(`${level} ${event} ${text}`);
  const modules = { ...world.externalModules, wallet: world.newWallet(), logger: { log } };
  const engine = new PayoutEngine(world.options, modules);
  world.wallet.locked = true;
  for (let turn = 0; turn < 3; turn++) await engine.turn();
  assert.deepEqual(lines.splice(0), [
    "warn wallet_unusable payments are stopped: the wallet is locked",
  ]);
  world.wallet.locked = false;
  for (let turn = 0; turn < 3; turn++) await engine.turn();
  assert.equal(engine.status.walletTrouble, undefined);
  assert.equal(lines.filter((line) => line.startsWith("info wallet_usable")).length, 1);
});

Deno.test("a payment that the node refuses is handed over each turn, and each reason told once", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  await world.credit(ALICE, 5_000_000n);
  const reasons: unknown[] = [];
  const log = (_level: string, event: string, _text: string, fields: object = {}) => {
    if (event === "payout_refused_by_node") reasons.push((fields as { reason?: unknown }).reason);
  };
  const engine = world.process(undefined, { log });
  for (const refusal of ["missing inputs", "mempool full"]) {
    world.chain.refusal = refusal;
    for (let turn = 0; turn < 3; turn++) await engine.turn();
  }
  assert.deepEqual(await world.states(), ["built"]);
  assert.deepEqual([...world.chain.broadcasts.values()], [6]);
  assert.deepEqual(reasons, ["missing inputs", "mempool full"]);
  world.chain.refusal = undefined;
  await engine.turn();
  assert.deepEqual(await world.states(), ["broadcast"]);
});

Deno.test("a reason to pause that stands within another one's text is a reason of its own", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const pauses = [
    { actor: "payer", reason: "batch 12-aa: two matches" },
    { actor: "payer", reason: "batch 1" },
    { actor: "payer", reason: "batch 1" },
  ];
  for (const pause of pauses) {
    await pausePayments(
      { database: world.database, store: world.store, clock: world.clock, logger: silentLogger },
      pause,
    );
  }
  assert.equal((await world.operator.control()).pausedReason, "batch 12-aa: two matches; batch 1");
});

Deno.test("coinbase outputs that the wallet does not shield are told once, and once when it does", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany", shieldingLimit: 50 });
  world.wallet.coinbaseOutputs = 20;
  world.wallet.funds = { ironwood: 0n, orchard: 0n, sapling: 0n, coinbase: 20n * 1_000_000n };
  const lines: string[] = [];
  const log = (level: string, event: string) =>
    void (level !== "debug" && event.startsWith("shielding") && lines.push(`${level} ${event}`));
  const engine = world.process(undefined, { log });
  for (let time = 0; time < 4; time++) {
    world.wallet.fail("z_shieldcoinbase", { when: "before", how: { code: -6, message: "no" } });
    await engine.turn();
  }
  assert.deepEqual(lines.splice(0), ["warn shielding_failing"]);
  await world.live(engine, 2, 1);
  assert.deepEqual(lines, ["info shielding_recovered", "info shielding"]);
});

Deno.test("a payment that is said to be out and that our node does not see is told once", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  await world.credit(ALICE, 5_000_000n);
  world.chain.swallows = true;
  const lines: string[] = [];
  const log = (level: string, event: string) =>
    void (level === "warn" && lines.push(`${level} ${event}`));
  const engine = world.process(undefined, { log });
  await world.live(engine, 9, 1);
  assert.deepEqual(lines, []);
  await world.live(engine, 5, 1);
  assert.deepEqual(lines, ["warn payout_doubted"]);
  assert.match(
    engine.status.disputes[0]?.reason ?? "",
    /our node has known nothing of transaction/,
  );
  world.chain.swallows = false;
  await world.live(engine, 2, 11);
  assert.equal((await world.balance(ALICE)).paid, 5_000_000n);
  assert.deepEqual(engine.status.disputes, []);
});
