/**
 * Transactions that somebody names as a payment and that are not: what our node can see of them must
 * be what is owed.
 *
 * @module
 */
import { RpcError } from "../../../../src/platform/rpc/mod.ts";
import assert from "node:assert/strict";
import { bech32m } from "@scure/base";
import { PayoutEngine, PayoutOperator } from "../../../../src/money/payouts/mod.ts";
import { SettlementHandler } from "../../../../src/money/settlement/mod.ts";
import { parseAddress } from "../../../../src/chain/zcash/mod.ts";
import { saplingAddress, transparentAddress } from "../../../support/payout_addresses.ts";
import { payoutTransaction, type TwinRecipient } from "../../../support/payout_transaction.ts";
import { PayoutWorld } from "../../../support/payout_world.ts";

const ALICE = transparentAddress(1);
const BOB = saplingAddress(2);
const CAROL = transparentAddress(3);
const TEX = bech32m.encode("tex", bech32m.toWords(new Uint8Array(20).fill(7)), false);
const HAND = { actor: "ada", reason: "she looked at it" };
const DUE = 5_000_000n;

/** Miners whom somebody else pays, and what he reports. */
class ReportedWorld implements AsyncDisposable {
  readonly handler: SettlementHandler;
  readonly operator: PayoutOperator;
  #serial = 0;

  private constructor(readonly world: PayoutWorld) {
    const options = { network: "main", minPayoutZat: 1_000_000n } as const;
    this.handler = new SettlementHandler(options, world.externalModules);
    this.operator = new PayoutOperator(world.options, world.externalModules);
  }

  /** Everybody is due {@link DUE}, and it is handed over. */
  static async open(miners: Readonly<Record<string, string>>): Promise<ReportedWorld> {
    const world = await PayoutWorld.open({ method: "pczt" });
    const reported = new ReportedWorld(world);
    for (const [minerId, address] of Object.entries(miners)) {
      await world.credit(minerId, DUE, address);
    }
    await reported.handler.settle(world.clock.now());
    return reported;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }

  /** A transaction that nobody has sent. */
  make(...recipients: readonly TwinRecipient[]): string {
    const options = { expiryHeight: 0, feeZat: 1_000n, serial: ++this.#serial };
    const transaction = payoutTransaction(recipients, options);
    this.world.chain.known.set(transaction.txid, transaction);
    return transaction.txid;
  }

  /** A transaction in our node's mempool. */
  send(...recipients: readonly TwinRecipient[]): string {
    const txid = this.make(...recipients);
    this.world.chain.receive(txid);
    return txid;
  }

  async payoutOf(minerId: string): Promise<string> {
    const payouts = await this.handler.payouts(0, 100);
    return payouts.find((payout) => payout.minerId === minerId)?.id ?? "";
  }

  async report(minerId: string, txid: string): Promise<void> {
    await this.handler.sent(await this.payoutOf(minerId), txid);
  }

  async batchOf(minerId: string): Promise<string> {
    return (await this.handler.payout(await this.payoutOf(minerId))).batch;
  }
}

for (
  const [what, recipients] of [
    ["pays somebody else", [{ address: CAROL, amountZat: DUE }]],
    ["pays a zatoshi too little", [{ address: ALICE, amountZat: DUE - 1n }]],
    ["pays shielded", [{ address: BOB, amountZat: DUE }]],
  ] as [string, TwinRecipient[]][]
) {
  Deno.test(`a transaction that is known and ${what} is no payment when it is reported`, async () => {
    await using it = await ReportedWorld.open({ [ALICE]: ALICE });
    const foreign = it.send(...recipients);
    for (const mined of [false, true]) {
      if (mined) await it.world.pass(1);
      await assert.rejects(it.report(ALICE, foreign), { code: "refused", message: /are owed/ });
    }
    assert.deepEqual(await it.world.states(), ["handed"]);
    await it.report(ALICE, it.send({ address: ALICE, amountZat: DUE }));
    await it.world.live(it.world.externalProcess(), 2, 11);
    assert.equal((await it.world.balance(ALICE)).paid, DUE);
  });
}

Deno.test("a transaction that turns out to be somebody else's is not followed, and a person sees why", async () => {
  await using it = await ReportedWorld.open({ [ALICE]: ALICE });
  const { world, handler } = it;
  const foreign = it.make({ address: CAROL, amountZat: DUE });
  await it.report(ALICE, foreign);
  world.chain.receive(foreign);
  const lines: string[] = [];
  const log = (level: string, event: string) => void lines.push(`${level} ${event}`);
  const engine = new PayoutEngine(world.options, { ...world.externalModules, logger: { log } });
  await world.live(engine, 3, 11);
  assert.equal((await world.balance(ALICE)).paid, 0n);
  assert.equal((await world.balance(ALICE)).reserved, DUE);
  const [id = ""] = await world.batchIds();
  const reason = `transaction ${foreign} pays ${ALICE} 0 zatoshis, and ${DUE} are owed`;
  assert.deepEqual(engine.status.disputes, [{ batch: id, reason }]);
  assert.deepEqual(lines, ["error payout_disputed"]);
  const { events } = await it.operator.show(id);
  assert.deepEqual([events.at(-1)?.event, events.at(-1)?.detail], ["dispute", reason]);
  const payout = await it.payoutOf(ALICE);
  const shown = await handler.payout(payout);
  assert.deepEqual([shown.state, shown.dispute, shown.txid], ["broadcast", reason, undefined]);
  // He said that it was sent: that it was not is for a person to say.
  await assert.rejects(handler.declined(payout, "it was not"), { code: "refused" });
  await assert.rejects(handler.sent(payout, foreign), { code: "refused" });
  const own = it.send({ address: ALICE, amountZat: DUE });
  await handler.sent(payout, own);
  await world.live(engine, 2, 11);
  assert.equal((await world.balance(ALICE)).paid, DUE);
  assert.equal((await handler.payout(payout)).txid, own);
  assert.deepEqual(engine.status.disputes, []);
});

Deno.test("a person resolves or releases a batch whose transaction is somebody else's", async () => {
  await using it = await ReportedWorld.open({ [ALICE]: ALICE, [CAROL]: CAROL });
  const { world, operator } = it;
  const foreign = it.make({ address: BOB, amountZat: 9n * DUE });
  for (const miner of [ALICE, CAROL]) await it.report(miner, foreign);
  world.chain.receive(foreign);
  const engine = world.externalProcess();
  await world.live(engine, 1, 1);
  assert.equal(engine.status.disputes.length, 2);
  const [alices, carols] = [await it.batchOf(ALICE), await it.batchOf(CAROL)];
  await assert.rejects(operator.resolve(alices, foreign, HAND), /are owed/);
  await operator.resolve(alices, it.send({ address: ALICE, amountZat: DUE }), HAND);
  await operator.release(carols, carols, HAND);
  await world.live(engine, 2, 11);
  assert.equal((await world.balance(ALICE)).paid, DUE);
  assert.equal((await world.balance(CAROL)).available, DUE);
});

Deno.test("a person cannot resolve a batch by a transaction that does not pay it", async () => {
  await using it = await ReportedWorld.open({ [ALICE]: ALICE });
  const batch = await it.batchOf(ALICE);
  const foreign = it.send({ address: CAROL, amountZat: DUE });
  await assert.rejects(it.operator.resolve(batch, foreign, HAND), { code: "refused" });
  assert.deepEqual(await it.world.states(), ["handed"]);
});

Deno.test("one transaction may pay several payouts, with their sum for each address", async () => {
  const miners = { rigs: ALICE, farm: ALICE, [CAROL]: CAROL };
  await using it = await ReportedWorld.open(miners);
  const all = it.send({ address: ALICE, amountZat: 2n * DUE }, { address: CAROL, amountZat: DUE });
  for (const miner of Object.keys(miners)) await it.report(miner, all);
  await it.world.live(it.world.externalProcess(), 2, 11);
  for (const miner of Object.keys(miners)) {
    assert.equal((await it.world.balance(miner)).paid, DUE, miner);
  }
});

for (const known of [true, false]) {
  Deno.test(`what is paid once settles one of two payouts (${known ? "" : "not "}known when reported)`, async () => {
    await using it = await ReportedWorld.open({ rigs: ALICE, farm: ALICE });
    const { world } = it;
    const once = it.make({ address: ALICE, amountZat: 2n * DUE - 1n });
    if (known) world.chain.receive(once);
    await it.report("farm", once);
    if (known) {
      await assert.rejects(it.report("rigs", once), /5000000 are owed beside 5000000/);
    } else await it.report("rigs", once);
    world.chain.receive(once);
    const engine = world.externalProcess();
    await world.live(engine, 2, 11);
    const paid = await Promise.all(
      ["rigs", "farm"].map(async (miner) => (await world.balance(miner)).paid),
    );
    assert.deepEqual(paid.toSorted(), [0n, DUE]);
    assert.equal(engine.status.disputes.length, known ? 0 : 1);
    // Nor does it settle the other one later.
    for (const miner of ["rigs", "farm"]) {
      await it.report(miner, once).catch(() => {});
    }
    await world.live(engine, 2, 11);
    assert.deepEqual((await world.states()).toSorted().at(-1), "settled");
    assert.equal((await world.states()).filter((state) => state === "settled").length, 1);
  });
}

Deno.test("a TEX address is paid in the open, a shielded one where nobody can look", async () => {
  await using it = await ReportedWorld.open({ [TEX]: TEX, [BOB]: BOB });
  const foreign = it.send({ address: CAROL, amountZat: DUE });
  await assert.rejects(it.report(TEX, foreign), { code: "refused" });
  await it.report(TEX, it.send({ address: TEX, amountZat: DUE }));
  await it.report(BOB, foreign);
  await it.world.live(it.world.externalProcess(), 2, 11);
  for (const miner of [TEX, BOB]) assert.equal((await it.world.balance(miner)).paid, DUE, miner);
});

Deno.test("what is paid once settles one of two payouts whose addresses stand for one script", async () => {
  const { scriptPubKey = new Uint8Array() } = parseAddress(ALICE);
  // OP_DUP OP_HASH160, the length and the hash.
  const tex = bech32m.encode("tex", bech32m.toWords(scriptPubKey.slice(3, 23)), false);
  await using it = await ReportedWorld.open({ [ALICE]: ALICE, [tex]: tex });
  const once = it.send({ address: ALICE, amountZat: DUE });
  await it.report(ALICE, once);
  await assert.rejects(it.report(tex, once), /5000000 are owed beside 5000000/);
  await it.report(tex, it.send({ address: tex, amountZat: DUE }));
  await it.world.live(it.world.externalProcess(), 2, 11);
  for (const miner of [ALICE, tex]) assert.equal((await it.world.balance(miner)).paid, DUE, miner);
});

Deno.test("a report is taken while our node is away, and looked into when it is back", async () => {
  await using it = await ReportedWorld.open({ [ALICE]: ALICE });
  const foreign = it.send({ address: CAROL, amountZat: DUE });
  it.world.chain.failure = new RpcError("node", "timeout", "the node is away");
  await it.report(ALICE, foreign);
  it.world.chain.failure = undefined;
  const engine = it.world.externalProcess();
  await it.world.live(engine, 2, 11);
  assert.equal((await it.world.balance(ALICE)).paid, 0n);
  assert.equal(engine.status.disputes.length, 1);
});

Deno.test("a transaction that our own wallet names and that pays nobody of the batch settles nothing", async () => {
  await using world = await PayoutWorld.open({ method: "z_sendmany" });
  await world.credit(ALICE, DUE);
  const stranger = payoutTransaction([{ address: CAROL, amountZat: DUE }], {
    ...{ expiryHeight: 0, feeZat: 1_000n, serial: 99 },
  });
  world.chain.known.set(stranger.txid, stranger);
  world.chain.receive(stranger.txid);
  world.wallet.successNamed = stranger.txid;
  const engine = world.process();
  await world.live(engine, 3, 11);
  assert.equal((await world.balance(ALICE)).paid, 0n);
  assert.equal(engine.status.disputes.length, 1);
  const [id = ""] = await world.batchIds();
  // The wallet's list has the payment: it is resolved by that, not given back.
  await assert.rejects(world.operator.release(id, id, HAND), { code: "on-chain" });
  await world.operator.resolve(id, world.wallet.transactions[0]?.txid ?? "", HAND);
  await world.live(engine, 2, 11);
  assert.equal((await world.balance(ALICE)).paid, DUE);
  assert.equal(world.chain.paid(ALICE), DUE);
});
