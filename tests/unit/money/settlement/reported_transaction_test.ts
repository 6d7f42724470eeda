/**
 * Transactions that an external payer reports and that never confirm: mistyped, never sent, expired.
 * Each leads on by a call of the interface, and none is silent.
 *
 * @module
 */
import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/mod.ts";
import { PayoutEngine } from "../../../../src/money/payouts/mod.ts";
import { SettlementHandler, startSettlementApi } from "../../../../src/money/settlement/mod.ts";
import { RpcError } from "../../../../src/platform/rpc/mod.ts";
import { transparentAddress } from "../../../support/payout_addresses.ts";
import { payoutTransaction } from "../../../support/payout_transaction.ts";
import { PayoutWorld } from "../../../support/payout_world.ts";

const TOKEN = "a token of the test";
const ALICE = transparentAddress(1);
const DUE = 5_000_000n;
const INVENTED = "11".repeat(32);

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A payout that was handed over, the payer's two calls, and the engine that follows them. */
class HandedPayout implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly engine: PayoutEngine;
  #serial = 0;

  private constructor(
    readonly world: PayoutWorld,
    readonly id: string,
    readonly port: number,
    readonly close: () => Promise<void>,
  ) {
    const log = (level: string, event: string) => void this.lines.push(`${level} ${event}`);
    this.engine = new PayoutEngine(world.options, { ...world.externalModules, logger: { log } });
  }

  static async open(): Promise<HandedPayout> {
    const world = await PayoutWorld.open({ method: "pczt" });
    await world.credit(ALICE, DUE);
    const options = { network: "main", minPayoutZat: 1_000_000n } as const;
    const handler = new SettlementHandler(options, world.externalModules);
    await handler.settle(world.clock.now());
    const [payout] = await handler.payouts(0, 1);
    const address = { hostname: "127.0.0.1", port: 0, token: TOKEN };
    const api = await startSettlementApi(address, { handler, logger: silentLogger });
    return new HandedPayout(world, payout?.id ?? "", api.port, () => api.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await this.world[Symbol.asyncDispose]();
  }

  /** A transaction that pays the payout, known to nobody yet. */
  make(expiryHeight = 0): string {
    const payment = payoutTransaction([{ address: ALICE, amountZat: DUE }], {
      ...{ expiryHeight, feeZat: 1_000n, serial: ++this.#serial },
    });
    this.world.chain.known.set(payment.txid, payment);
    return payment.txid;
  }

  show(): Promise<Answer> {
    return this.#call("GET", "");
  }

  sent(txid: string): Promise<Answer> {
    return this.#call("POST", "/sent", { txid });
  }

  declined(): Promise<Answer> {
    return this.#call("POST", "/declined", { reason: "it expired" });
  }

  async #call(method: string, action: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.port}/v1/payouts/${this.id}${action}`, {
      ...{ method, headers: { authorization: `Bearer ${TOKEN}` } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }
}

Deno.test("a mistyped transaction is warned about, disputed, and replaced by another report", async () => {
  await using payout = await HandedPayout.open();
  const { world, engine } = payout;
  assert.equal((await payout.sent(INVENTED)).status, 200);
  await world.live(engine, 1, 9);
  assert.deepEqual(payout.lines, []);
  assert.equal((await payout.show()).body.dispute, null);
  await world.live(engine, 3, 1);
  assert.deepEqual(payout.lines, ["warn payout_doubted"]);
  assert.match(engine.status.disputes[0]?.reason ?? "", /known nothing of transaction 1111/);
  assert.match(String((await payout.show()).body.dispute), /report that one with \/sent/);
  const right = payout.make();
  assert.equal((await payout.sent(right)).body.txid, right);
  assert.equal((await payout.show()).body.dispute, null);
  const { events } = await world.operator.show((await world.batchIds())[0] ?? "");
  assert.equal(events.at(-1)?.detail, `${right} instead of ${INVENTED}`);
  world.chain.receive(right);
  await world.live(engine, 2, 11);
  assert.equal((await world.balance(ALICE)).paid, DUE);
  assert.deepEqual(engine.status.disputes, []);
});

Deno.test("a reported transaction that comes late is the payment all the same", async () => {
  await using payout = await HandedPayout.open();
  const { world, engine } = payout;
  const late = payout.make();
  await payout.sent(late);
  await world.live(engine, 2, 11);
  assert.notEqual((await payout.show()).body.dispute, null);
  // What an operator would release now may be mined in the next block.
  world.chain.receive(late);
  const [batch = ""] = await world.batchIds();
  const action = { actor: "ada", reason: "the payer is gone" };
  await assert.rejects(world.operator.release(batch, batch, action), { code: "on-chain" });
  await engine.turn();
  assert.equal((await payout.show()).body.dispute, null);
  await world.live(engine, 2, 11);
  assert.equal((await world.balance(ALICE)).paid, DUE);
});

Deno.test("another transaction is reported only while no block has the first", async () => {
  await using payout = await HandedPayout.open();
  const { world, engine } = payout;
  const [first, second] = [payout.make(), payout.make()];
  await payout.sent(first);
  world.chain.failure = new RpcError("node", "unreachable", "the node is away");
  assert.equal((await payout.sent(second)).status, 503);
  world.chain.failure = undefined;
  world.chain.receive(first);
  await world.pass(1);
  for (const turns of [0, 1, 11]) {
    await world.live(engine, turns, 1);
    const refused = await payout.sent(second);
    assert.equal(refused.status, 409);
    assert.match(String(refused.body.message), /nothing is left to report/);
    assert.equal((await payout.sent(first)).status, 200);
  }
  assert.equal((await world.balance(ALICE)).paid, DUE);
});

Deno.test("a reported transaction that expires is noticed, and may be given back then and not before", async () => {
  await using payout = await HandedPayout.open();
  const { world, engine } = payout;
  const txid = payout.make(world.chain.height + 5);
  await payout.sent(txid);
  world.chain.receive(txid);
  await engine.turn();
  world.chain.forgetMempool();
  const early = await payout.declined();
  assert.equal(early.status, 409);
  assert.match(String(early.body.message), /a block may yet have its transaction/);
  await world.live(engine, 1, 14);
  assert.equal((await payout.declined()).status, 409);
  await world.live(engine, 1, 2);
  assert.match(String((await payout.show()).body.dispute), /expired unmined at height/);
  assert.equal((await world.balance(ALICE)).reserved, DUE);
  assert.equal((await payout.declined()).body.state, "released");
  assert.equal((await world.balance(ALICE)).available, DUE);
  const closed = await payout.sent(payout.make());
  assert.match(String(closed.body.message), /must not be paid/);
});

Deno.test("a node that is catching up misses nothing of what was reported", async () => {
  await using payout = await HandedPayout.open();
  const { world, engine } = payout;
  await payout.sent(payout.make());
  world.chain.synced = false;
  await world.live(engine, 3, 20);
  assert.equal((await payout.show()).body.dispute, null);
  assert.deepEqual(payout.lines.filter((line) => line.endsWith("payout_doubted")), []);
});
