import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/mod.ts";
import { RpcError } from "../../../../src/platform/rpc/mod.ts";
import {
  adoptMode,
  type PayoutEngineModules,
  PayoutOperator,
} from "../../../../src/money/payouts/mod.ts";
import { SETTLEMENT_DOCUMENT } from "../../../../src/money/settlement/settlement_document.ts";
import { SETTLEMENT_MAX } from "../../../../src/money/settlement/settlement_handler.ts";
import { SettlementHandler, startSettlementApi } from "../../../../src/money/settlement/mod.ts";
import { saplingAddress, transparentAddress } from "../../../support/payout_addresses.ts";
import { payoutTransaction } from "../../../support/payout_transaction.ts";
import { PayoutWorld } from "../../../support/payout_world.ts";
import { schemaFaults } from "./_schema_faults.ts";

const TOKEN = "a token of the test";
const ALICE = transparentAddress(1);
const BOB = saplingAddress(2);

/** A world with an external payer; every answer is held against the document. */
class ExternalWorld implements AsyncDisposable {
  private constructor(
    readonly world: PayoutWorld,
    readonly handler: SettlementHandler,
    readonly port: number,
    readonly close: () => Promise<void>,
  ) {}

  static async open(bounds: { readonly requestTimeoutMs?: number } = {}): Promise<ExternalWorld> {
    const world = await PayoutWorld.open({ method: "pczt" });
    const handler = new SettlementHandler(
      { network: "main", minPayoutZat: 1_000_000n },
      world.externalModules,
    );
    const options = { hostname: "127.0.0.1", port: 0, token: TOKEN, ...bounds };
    const api = startSettlementApi(options, { handler, logger: silentLogger });
    return new ExternalWorld(world, handler, api.port, () => api.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await this.world[Symbol.asyncDispose]();
  }

  async call(
    method: "GET" | "POST",
    path: string,
    body?: unknown,
    token = TOKEN,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const answer = await response.json() as Record<string, unknown>;
    assert.deepEqual(schemaFaults(schemaOf(method, path, response.status), answer), [], path);
    return { status: response.status, body: answer };
  }
}

function schemaOf(method: "GET" | "POST", path: string, status: number): unknown {
  const pattern = path.split("?")[0]?.replace(/^(\/v1\/payouts\/)[^/]+/, "$1{id}") ?? "";
  const paths = SETTLEMENT_DOCUMENT.paths as unknown as Record<string, Record<string, Operation>>;
  const operation = paths[pattern]?.[method.toLowerCase()] ??
    paths["/v1/payouts"]?.get;
  const answer = operation?.responses[status === 200 ? "200" : "default"];
  return answer?.content["application/json"].schema;
}

interface Operation {
  readonly responses: Readonly<
    Record<string, { content: { "application/json": { schema: unknown } } }>
  >;
}

Deno.test("a settlement hands over what was due at its watermark, and the same again", async () => {
  await using external = await ExternalWorld.open();
  const { world } = external;
  await world.credit(ALICE, 5_000_000n);
  await world.credit(BOB, 7_000_000n);
  await world.credit("too small", 999_999n, transparentAddress(3));
  const watermark = world.clock.now();
  await world.clock.advance(1_000);
  await world.credit(ALICE, 40_000_000n);
  const first = await external.call("POST", "/v1/settlements", { watermark_ms: watermark });
  assert.deepEqual(first.body, {
    watermark_ms: watermark,
    run: 1,
    count: 2,
    total_zat: "12000000",
    more: false,
  });
  const again = await external.call("POST", "/v1/settlements", { watermark_ms: watermark });
  assert.deepEqual(again.body, first.body);
  assert.equal((await world.balance(ALICE)).reserved, 5_000_000n);
  assert.equal((await world.balance(ALICE)).available, 40_000_000n);
  const earlier = await external.call("POST", "/v1/settlements", { watermark_ms: watermark - 1 });
  assert.equal(earlier.status, 400);
  const future = await external.call("POST", "/v1/settlements", {
    watermark_ms: world.clock.now() + 1,
  });
  assert.equal(future.status, 400);
  // Who has a live payout is not handed over a second time.
  const later = await external.call("POST", "/v1/settlements", { watermark_ms: world.clock.now() });
  assert.equal(later.body.count, 0);
});

Deno.test("a reported payment is followed by our node until it is deep; a declined one is due", async () => {
  await using external = await ExternalWorld.open();
  const { world } = external;
  await world.credit(ALICE, 5_000_000n);
  await world.credit(BOB, 7_000_000n);
  await external.call("POST", "/v1/settlements", { watermark_ms: world.clock.now() });
  const list = await external.call("GET", "/v1/payouts?after=0&limit=10");
  const [first, second] = list.body.payouts as { id: string; miner_id: string; state: string }[];
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(first.miner_id, ALICE);
  assert.equal(first.state, "handed");
  const recipients = [{ address: ALICE, amountZat: 5_000_000n }];
  const payment = payoutTransaction(recipients, { expiryHeight: 0, feeZat: 1_000n, serial: 1 });
  world.chain.known.set(payment.txid, payment);
  const path = `/v1/payouts/${first.id}/sent`;
  for (let time = 0; time < 2; time++) {
    const sent = await external.call("POST", path, { txid: payment.txid });
    assert.equal(sent.body.state, "broadcast");
  }
  const refused = await external.call("POST", `/v1/payouts/${first.id}/declined`, { reason: "no" });
  assert.equal(refused.status, 409);
  const declined = `/v1/payouts/${second.id}/declined`;
  for (let time = 0; time < 2; time++) {
    const answer = await external.call("POST", declined, { reason: "no such address" });
    assert.equal(answer.body.state, "released");
  }
  assert.equal((await world.balance(BOB)).available, 7_000_000n);
  world.chain.receive(payment.txid);
  const engine = world.externalProcess();
  await world.live(engine, 1, 1);
  assert.equal((await world.balance(ALICE)).paid, 0n);
  await world.live(engine, 1, 11);
  assert.equal((await world.balance(ALICE)).paid, 5_000_000n);
  const settled = await external.call("GET", `/v1/payouts/${first.id}`);
  assert.equal(settled.body.state, "settled");
  assert.equal(settled.body.txid, payment.txid);
});

Deno.test("a payment that was reported with the wrong transaction is put right by a person", async () => {
  await using external = await ExternalWorld.open();
  const { world } = external;
  await world.credit(ALICE, 5_000_000n);
  await external.call("POST", "/v1/settlements", { watermark_ms: world.clock.now() });
  const list = await external.call("GET", "/v1/payouts");
  const [{ id = "" } = {}] = list.body.payouts as { id?: string }[];
  const pay = (serial: number) => {
    const recipients = [{ address: ALICE, amountZat: 5_000_000n }];
    const payment = payoutTransaction(recipients, { expiryHeight: 0, feeZat: 1_000n, serial });
    world.chain.known.set(payment.txid, payment);
    return payment.txid;
  };
  const wrong = "11".repeat(32);
  const sent = await external.call("POST", `/v1/payouts/${id}/sent`, { txid: wrong });
  assert.equal(sent.body.txid, wrong);
  const [batch = ""] = await world.batchIds();
  const hand = { actor: "test", reason: "a typing error" };
  const operator = new PayoutOperator(world.options, world.externalModules);
  const right = pay(1);
  await assert.rejects(operator.resolve(batch, right, hand), { code: "not-on-chain" });
  world.chain.receive(right);
  await operator.resolve(batch, right, hand);
  assert.equal((await external.call("GET", `/v1/payouts/${id}`)).body.txid, right);
  const other = pay(2);
  world.chain.receive(other);
  await assert.rejects(operator.resolve(batch, other, hand), { code: "on-chain" });
  const engine = world.externalProcess();
  await world.live(engine, 1, 1);
  await world.live(engine, 1, 11);
  assert.equal((await world.balance(ALICE)).paid, 5_000_000n);
});

Deno.test("the documented calls of an external payer are answered as it says", async () => {
  const page = await Deno.readTextFile(new URL("../../../../docs/money.md", import.meta.url));
  const calls = [...page.matchAll(/^curl -s (.*) http:\/\/127\.0\.0\.1:9091(\S+)$/gm)]
    .map(([, options = "", path = ""]) => ({
      path,
      body: /-d '(.*)'$/.exec(options)?.[1],
      header: /-H "([^"]+)"/.exec(options)?.[1],
    }));
  assert.equal(calls.length, 4);
  await using external = await ExternalWorld.open();
  const { world } = external;
  await world.credit(ALICE, 5_000_000n);
  await world.credit(BOB, 7_000_000n);
  let ids: string[] = [];
  for (const { path, body, header } of calls) {
    assert.equal(header, "Authorization: Bearer $TOKEN");
    const [id = ""] = path.endsWith("/declined") ? ids.slice(1) : ids;
    const filled = body?.replace(/'\$TXID'/, "11".repeat(32))
      .replace(/\d{13}/, String(world.clock.now()));
    const method = body === undefined ? "GET" : "POST";
    const answer = await external.call(method, path.replace("$ID", id), filled);
    assert.equal(answer.status, 200, `${path} ${JSON.stringify(answer.body)}`);
    if (method === "GET") ids = (answer.body.payouts as { id: string }[]).map(({ id }) => id);
  }
  assert.deepEqual((await world.states()).sort(), ["broadcast", "released"]);
});

Deno.test("what the settlement interface cannot read is refused and changes nothing", async () => {
  await using external = await ExternalWorld.open();
  await external.world.credit(ALICE, 5_000_000n);
  const cases: readonly [string, string, unknown, number][] = [
    ["POST", "/v1/settlements", "{", 400],
    ["POST", "/v1/settlements", "[]", 400],
    ["POST", "/v1/settlements", { watermark_ms: "1" }, 400],
    ["POST", "/v1/settlements", { watermark_ms: 1.5 }, 400],
    ["POST", "/v1/settlements", { watermark_ms: -1 }, 400],
    ["POST", "/v1/settlements", { watermark_ms: 1_796_000_000 }, 400],
    ["POST", "/v1/settlements", "x".repeat(10_000), 400],
    ["GET", "/v1/payouts?limit=501", undefined, 400],
    ["GET", "/v1/payouts?after=-1", undefined, 400],
    ["GET", "/v1/payouts/1-ff.1", undefined, 404],
    ["POST", "/v1/payouts/1-ff.1/sent", { txid: "11".repeat(32) }, 404],
    ["POST", "/v1/payouts/1-ff.1/sent", { txid: "11" }, 400],
    ["POST", "/v1/payouts/1-ff.1/declined", { reason: "" }, 400],
    ["POST", "/v1/payouts/1-ff.1/declined", { reason: "a\u0000b" }, 400],
    ["POST", "/v1/payouts/1-ff.1/declined", { reason: "\u001b[2J" }, 400],
    ["POST", "/v1/payouts/1-ff.1/declined", { reason: "two\nlines" }, 400],
    ["POST", "/v1/payouts/1-ff.1/declined", { reason: "half \ud800" }, 400],
    ["POST", "/v1/payouts/1-ff.1/declined", { reason: "\u202eturned" }, 400],
    ["POST", "/v1/payouts/1-ff.1/declined", { reason: "\u{1f600}".repeat(301) }, 400],
    ["POST", "/v1/payouts/1-ff.1/declined", { reason: "\u{1f600} größer 価格 👨‍👩‍👧".repeat(10) }, 404],
    ["GET", "/elsewhere", undefined, 404],
    ["GET", "//", undefined, 400],
  ];
  for (const [method, path, body, status] of cases) {
    const answer = await external.call(method as "GET" | "POST", path, body);
    assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(body)}`);
    if (JSON.stringify(body)?.includes("1796000000")) {
      assert.match(String(answer.body.message), /looks like seconds/);
    }
  }
  for (const token of ["", "another token", `${TOKEN}x`]) {
    assert.equal((await external.call("GET", "/v1/payouts", undefined, token)).status, 401, token);
  }
  assert.deepEqual(await external.world.states(), []);
  const document = await fetch(`http://127.0.0.1:${external.port}/openapi.json`);
  assert.deepEqual(await document.json(), JSON.parse(JSON.stringify(SETTLEMENT_DOCUMENT)));
});

Deno.test("the mode changes only while nothing is reserved elsewhere, except to none", async () => {
  await using external = await ExternalWorld.open();
  const { world } = external;
  await world.credit(ALICE, 5_000_000n);
  await external.call("POST", "/v1/settlements", { watermark_ms: world.clock.now() });
  const zallet = { mode: "zallet", wallet: "zallet one" } as const;
  let areOpen = false;
  const { database, store } = world;
  const modules = { database, store, openCoinbases: () => Promise.resolve(areOpen) };
  await assert.rejects(adoptMode(modules, zallet), { code: "mode" });
  await adoptMode(modules, { mode: "none", wallet: "" });
  await assert.rejects(adoptMode(modules, zallet), { code: "mode" });
  await adoptMode(modules, { mode: "external", wallet: "external" });
  const [id = ""] = await world.batchIds();
  await assert.rejects(world.operator.release(id, "another", { actor: "a", reason: "b" }), {
    code: "confirmation",
  });
  await world.operator.release(id, id, { actor: "a", reason: "b" });
  // What a coinbase may still pay is paid by nothing else.
  areOpen = true;
  await assert.rejects(adoptMode(modules, zallet), { code: "mode", message: /own coinbases/ });
  await adoptMode(modules, { mode: "coinbase", wallet: "" });
  await adoptMode(modules, { mode: "none", wallet: "" });
  areOpen = false;
  await adoptMode(modules, zallet);
  assert.equal((await world.operator.control()).wallet, "zallet one");
});

Deno.test("no address is looked up within a transaction, where it would wait for those that wait", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const modules = world.externalModules;
  let inTransaction = false;
  const database: PayoutEngineModules["database"] = {
    kind: modules.database.kind,
    read: (work) => modules.database.read(work),
    write: (work) => modules.database.write(work),
    transaction: (work) =>
      modules.database.transaction(async (tx) => {
        inTransaction = true;
        return await work(tx).finally(() => inTransaction = false);
      }),
    close: () => modules.database.close(),
  };
  const looks: boolean[] = [];
  const payees: PayoutEngineModules["payees"] = {
    payee: (address) => {
      looks.push(inTransaction);
      return Promise.resolve({ address });
    },
  };
  const options = { network: "main", minPayoutZat: 1_000_000n } as const;
  const handler = new SettlementHandler(options, { ...modules, database, payees });
  await world.credit(ALICE, 5_000_000n);
  await world.credit(BOB, 7_000_000n);
  const watermark = world.clock.now();
  await handler.settle(watermark);
  assert.deepEqual(looks, [false, false]);
  const again = await Promise.all(Array.from({ length: 8 }, () => handler.settle(watermark)));
  assert.deepEqual(again.map(({ run, count }) => [run, count]), Array(8).fill([1, 2]));
});

Deno.test("our node has its word on an address before the first payment to it is handed over", async () => {
  await using external = await ExternalWorld.open();
  const { world } = external;
  await world.credit(ALICE, 5_000_000n);
  await world.credit(BOB, 7_000_000n);
  world.chain.invalidAddresses.add(ALICE);
  const settle = async (): Promise<[number, unknown]> => {
    await world.clock.advance(1);
    const watermark = { watermark_ms: world.clock.now() };
    const { status, body } = await external.call("POST", "/v1/settlements", watermark);
    return [status, body.count];
  };
  world.chain.failure = new RpcError("node", "timeout", "the node is away");
  assert.deepEqual(await settle(), [503, undefined]);
  assert.deepEqual(await world.states(), []);
  world.chain.failure = undefined;
  assert.deepEqual(await settle(), [200, 1]);
  const [hold] = await world.database.read((tx) => world.store.holds.all(tx));
  assert.equal(hold?.minerId, ALICE);
  assert.match(hold?.reason ?? "", /the node does not accept the address/);
  assert.equal((await world.balance(ALICE)).available, 5_000_000n);
});

Deno.test("whom our node refuses leaves his place to the next, and is told as left out", async () => {
  await using external = await ExternalWorld.open();
  const { world, handler } = external;
  for (let number = 1; number <= SETTLEMENT_MAX + 1; number++) {
    await world.credit(`miner${1_000 + number}`, 5_000_000n, transparentAddress(number));
  }
  world.chain.invalidAddresses.add(ALICE);
  const { count, more } = await handler.settle(world.clock.now());
  // A settlement that is not full says that nothing more is due.
  assert.deepEqual([count, more], [SETTLEMENT_MAX, true]);
  assert.deepEqual(handler.heldBack, [
    { reason: `the node does not accept the address ${ALICE}`, minerIds: ["miner1001"] },
  ]);
});

Deno.test("an address that was paid is not asked about again, another one of the same miner is", async () => {
  await using external = await ExternalWorld.open();
  const { world } = external;
  const settle = async (): Promise<number> => {
    await world.credit("rig owner", 5_000_000n, world.addresses.get("rig owner") ?? ALICE);
    await world.clock.advance(1);
    const watermark = { watermark_ms: world.clock.now() };
    return (await external.call("POST", "/v1/settlements", watermark)).status;
  };
  assert.equal(await settle(), 200);
  const recipients = [{ address: ALICE, amountZat: 5_000_000n }];
  const payment = payoutTransaction(recipients, { expiryHeight: 0, feeZat: 1_000n, serial: 1 });
  world.chain.known.set(payment.txid, payment);
  world.chain.receive(payment.txid);
  const [{ id = "" } = {}] = (await external.call("GET", "/v1/payouts")).body.payouts as {
    id?: string;
  }[];
  await external.call("POST", `/v1/payouts/${id}/sent`, { txid: payment.txid });
  await world.live(world.externalProcess(), 2, 11);
  assert.equal((await world.balance("rig owner")).paid, 5_000_000n);
  world.chain.failure = new RpcError("node", "timeout", "the node is away");
  assert.equal(await settle(), 200);
  const [, second = ""] = await world.batchIds();
  await world.operator.release(second, second, { actor: "a", reason: "b" });
  world.addresses.set("rig owner", transparentAddress(9));
  world.chain.failure = new RpcError("node", "timeout", "the node is away");
  assert.equal(await settle(), 503);
});

Deno.test("a transaction that was mined before a payout was handed over does not pay it", async () => {
  await using external = await ExternalWorld.open();
  const { world } = external;
  const recipients = [{ address: ALICE, amountZat: 5_000_000n }];
  const payment = payoutTransaction(recipients, { expiryHeight: 0, feeZat: 1_000n, serial: 1 });
  world.chain.known.set(payment.txid, payment);
  const settleAndReport = async (number: number): Promise<number> => {
    await world.credit(ALICE, 5_000_000n);
    await external.call("POST", "/v1/settlements", { watermark_ms: world.clock.now() });
    const list = await external.call("GET", `/v1/payouts?after=${number - 1}`);
    const [{ id = "" } = {}] = list.body.payouts as { id?: string }[];
    const { txid } = payment;
    return (await external.call("POST", `/v1/payouts/${id}/sent`, { txid })).status;
  };
  assert.equal(await settleAndReport(1), 200);
  world.chain.receive(payment.txid);
  const engine = world.externalProcess();
  await world.live(engine, 2, 11);
  assert.equal((await world.balance(ALICE)).paid, 5_000_000n);
  // The payer's program reports the old transaction for the new payout.
  assert.equal(await settleAndReport(2), 409);
  await world.live(engine, 2, 11);
  assert.equal((await world.balance(ALICE)).paid, 5_000_000n);
  assert.equal((await world.balance(ALICE)).reserved, 5_000_000n);
});

Deno.test("a transaction of the pool's own wallet pays no payout of an external payer", async () => {
  await using external = await ExternalWorld.open();
  const { world } = external;
  await world.credit(BOB, 5_000_000n);
  const engine = world.process();
  await engine.turn();
  await engine.release();
  const [own = ""] = world.chain.broadcasts.keys();
  await world.credit(ALICE, 5_000_000n);
  await external.call("POST", "/v1/settlements", { watermark_ms: world.clock.now() });
  const list = await external.call("GET", "/v1/payouts?after=1");
  const [{ id = "" } = {}] = list.body.payouts as { id?: string }[];
  const sent = await external.call("POST", `/v1/payouts/${id}/sent`, { txid: own });
  assert.equal(sent.status, 409);
});

Deno.test("who is left out of a settlement is told with the reason, also before the first", async () => {
  await using external = await ExternalWorld.open();
  const { world, handler } = external;
  await world.credit(ALICE, 5_000_000n);
  await world.credit(BOB, 5_000_000n);
  await world.credit("held", 5_000_000n, transparentAddress(3));
  await world.credit("nowhere", 5_000_000n, "no address");
  await world.credit("held and owed little", 5n, transparentAddress(4));
  const hand = { actor: "test", reason: "a letter of his lawyer" };
  await world.operator.hold("held", hand);
  await world.operator.hold("held and owed little", hand);
  assert.deepEqual(handler.heldBack, []);
  const leftOut = [["a letter of his lawyer", ["held"]], [
    "the address cannot be paid: Cannot use the address: it has characters other than letters and " +
    "digits; a Mainnet address starts with t1, t3, zs1, u1, zu1 or tu1",
    ["nowhere"],
  ]];
  const told = () => handler.heldBack.map(({ reason, minerIds }) => [reason, minerIds]);
  await handler.refreshHeldBack();
  assert.deepEqual(told(), leftOut);
  await world.operator.unhold("held", hand);
  const settle = () =>
    external.call("POST", "/v1/settlements", { watermark_ms: world.clock.now() });
  assert.equal((await settle()).body.count, 3);
  assert.deepEqual(told(), leftOut.slice(1));
});

Deno.test("nothing is handed over while the reserved sums do not hold", async () => {
  await using external = await ExternalWorld.open();
  const { world } = external;
  await world.credit(ALICE, 5_000_000n);
  await world.ledger.post({
    ...{ id: "odd", atMs: 1, reason: "a fault" },
    lines: [
      { account: `miner:${ALICE}:available`, amountZat: -7n },
      { account: `miner:${ALICE}:reserved`, amountZat: 7n },
    ],
  });
  const watermark = { watermark_ms: world.clock.now() };
  for (let time = 0; time < 2; time++) {
    const answer = await external.call("POST", "/v1/settlements", watermark);
    assert.equal(answer.status, 409);
    assert.match(String(answer.body.message), /7 zatoshis reserved/);
  }
  assert.deepEqual(await world.states(), []);
  assert.equal((await world.operator.control()).paused, true);
  const actions = await world.database.read((tx) => world.store.trail.actions(tx, 10));
  assert.equal(actions.length, 1);
});

Deno.test("connections whose request never ends do not keep the payer away", async () => {
  await using external = await ExternalWorld.open({ requestTimeoutMs: 200 });
  const halves = [
    "",
    "POST /v1/settlements HTTP/1.1\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\n" +
    `Authorization: Bearer ${TOKEN}\r\nContent-Length: 100\r\n\r\n{`,
  ];
  const connections: Deno.Conn[] = [];
  for (let number = 0; number < 16; number++) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: external.port });
    connections.push(connection);
    await connection.write(new TextEncoder().encode(halves[number % halves.length] ?? ""));
  }
  const ended = connections.map(async (connection) => {
    const buffer = new Uint8Array(4_096);
    while ((await connection.read(buffer).catch(() => null)) !== null);
    connection.close();
  });
  await Promise.all(ended);
  assert.equal((await external.call("GET", "/v1/payouts")).status, 200);
});

Deno.test("what a payer has set aside, sends and declines is told once, and declined money counted", async () => {
  await using world = await PayoutWorld.open({ method: "pczt" });
  const lines: string[] = [];
  const logger = {
    log: (level: string, event: string, _text: string, fields?: object) =>
      void lines.push([level, event, ...Object.values(fields ?? {}).slice(1)].join(" ")),
  };
  let declinedZat = 0;
  const releasedZat = { increment: (zat = 1) => void (declinedZat += zat) };
  const modules = world.externalModules;
  const handler = new SettlementHandler({ network: "main", minPayoutZat: 1_000_000n }, {
    ...modules,
    logger,
    metrics: { ...modules.metrics, releasedZat },
  });
  await world.credit(ALICE, 5_000_000n);
  await world.credit(BOB, 7_000_000n);
  const watermark = world.clock.now();
  for (let time = 0; time < 2; time++) await handler.settle(watermark);
  assert.deepEqual(lines.splice(0), ["info payout_settlement 1 2 12000000"]);
  const [first, second] = await handler.payouts(0, 10);
  for (let time = 0; time < 2; time++) {
    await handler.sent(first?.id ?? "", "11".repeat(32));
    await handler.declined(second?.id ?? "", "no such address");
  }
  assert.deepEqual(lines, [
    "info payout_step broadcast 1 5000000",
    "warn payout_step released 1 7000000",
  ]);
  assert.equal(declinedZat, 7_000_000);
});

Deno.test("whoever asks on without waiting for the answers is let go", async () => {
  await using external = await ExternalWorld.open();
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: external.port });
  const request = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
  await connection.write(new TextEncoder().encode(request.repeat(500)));
  const answered = async (): Promise<number> => {
    let text = "";
    const decoder = new TextDecoder();
    for await (const part of connection.readable) {
      text += decoder.decode(part);
      if (text.split("HTTP/1.1 200").length > 500) break;
    }
    return text.split("HTTP/1.1 200").length - 1;
  };
  const count = await answered().catch(() => 0);
  assert.ok(count < 10, `${count} answers were made`);
  assert.equal((await external.call("GET", "/v1/payouts")).status, 200);
});
