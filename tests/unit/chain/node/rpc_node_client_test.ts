import assert from "node:assert/strict";
import { bytesToHex, displayHash } from "../../../../src/base/mod.ts";
import { RpcError, type RpcErrorKind } from "../../../../src/platform/rpc/mod.ts";
import { RpcNodeClient } from "../../../../src/chain/node/mod.ts";
import type { RpcNodeOptions } from "../../../../src/chain/node/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import {
  type Exchange,
  httpAnswer,
  rpcAnswer,
  ScriptedHttp,
} from "../../../support/scripted_http.ts";
import samples from "../../../vectors/data/zcash/zebra_rpc_samples.json" with { type: "json" };
import recorded from "../../../vectors/data/node/zebra_answers_7.0.0.json" with { type: "json" };

const NONE = { kind: "none" } as const;

function clientOf(
  server: ScriptedHttp,
  options: Partial<RpcNodeOptions> = {},
  clock = new FakeClock(),
) {
  return new RpcNodeClient({ url: server.url, credentials: NONE, ...options }, { clock });
}

async function assertFails(
  call: Promise<unknown>,
  kind: RpcErrorKind,
  text?: RegExp,
): Promise<void> {
  await assert.rejects(call, (thrown) => {
    assert.ok(thrown instanceof RpcError, String(thrown));
    assert.equal(thrown.kind, kind, thrown.message);
    assert.equal(thrown.code, `node-${kind}`);
    if (text !== undefined) assert.match(thrown.message, text);
    return true;
  });
}

/** The recorded answer to a method, by the part of its parameters or note. */
function recordedBody(method: string, index = 0): { result: unknown } | { error: unknown } {
  const call = recorded.calls.filter((item) => item.method === method)[index];
  assert.ok(call !== undefined, `${method} ${index} was not recorded`);
  return call.body as { result: unknown };
}

function answering(method: string, index = 0): ScriptedHttp {
  return new ScriptedHttp(async (exchange) => {
    const sent = JSON.parse(exchange.body) as { method: string; jsonrpc: string };
    assert.equal(sent.method, method);
    assert.equal(sent.jsonrpc, "2.0");
    const { result, error } = recordedBody(method, index) as { result?: unknown; error?: unknown };
    await exchange.write(rpcAnswer(exchange, error === undefined ? { result } : { error }));
  });
}

Deno.test("answers of a real node are read into what the methods promise", async () => {
  await using info = answering("getblockchaininfo");
  assert.deepEqual(
    await clientOf(info).getBlockchainInfo().then((answer) => ({
      ...answer,
      bestBlockHash: displayHash(answer.bestBlockHash),
    })),
    {
      chain: "test",
      blocks: 13,
      bestBlockHash: "0111e0ed7d667403dd0ca28394507543a6c283f48ff01597a61e79b89d56c5c7",
      estimatedHeight: 20,
      consensus: { chainTip: 0x77190ad9, nextBlock: 0x77190ad9 },
    },
  );
  await using best = answering("getbestblockheightandhash");
  const tip = await clientOf(best).getBestBlockHeightAndHash();
  assert.equal(tip?.height, 13);
  assert.equal(
    displayHash(tip?.hash ?? new Uint8Array(0)),
    "0111e0ed7d667403dd0ca28394507543a6c283f48ff01597a61e79b89d56c5c7",
    "the same block as getblockchaininfo names: both byte orders are right",
  );
  await using header = answering("getblockheader");
  const read = await clientOf(header).getBlockHeader(tip?.hash ?? new Uint8Array(32));
  assert.equal(read?.height, 13);
  assert.equal(read?.confirmations, 1);
  assert.deepEqual(read?.hash, tip?.hash);
  await using address = answering("z_validateaddress");
  const validated = await clientOf(address).zValidateAddress("t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v");
  assert.deepEqual(validated, { isValid: true, addressType: "p2sh", isScript: undefined });
  await using wrong = answering("validateaddress", 1);
  assert.equal((await clientOf(wrong).validateAddress("t1")).isValid, false);
  await using network = answering("getnetworkinfo");
  assert.equal((await clientOf(network).getNetworkInfo()).subversion, "/Zebra:7.0.0/");
});

Deno.test("a block that the best chain does not have is undefined, not an error", async () => {
  await using above = answering("getblockhash", 1);
  assert.equal(await clientOf(above).getBlockHash(18), undefined);
  await using unknown = answering("getblockheader", 1);
  assert.equal(await clientOf(unknown).getBlockHeader(new Uint8Array(32)), undefined);
});

Deno.test("transparent outputs are read out of a real node's transaction, and none out of half an answer", async () => {
  const sample = samples.samples.find(({ name }) => name === "getrawtransaction verbose mainnet");
  const { Ok: whole } = sample?.result as unknown as { Ok: { vout: object[] } };
  let result: unknown = whole;
  await using server = new ScriptedHttp((exchange) =>
    exchange.write(rpcAnswer(exchange, { result }))
  );
  const outputs = await clientOf(server).getTransactionOutputs(new Uint8Array(32));
  assert.deepEqual(outputs?.map(({ valueZat, script }) => [valueZat, bytesToHex(script)]), [
    [50_000n, "21027a46eb513588b01b37ea24303f4b628afd12cc20df789fede0921e43cad3e875ac"],
    [12_500n, "a9147d46a730d31f97b1930d3368a967c309bd4d136a87"],
  ]);
  const [output] = whole.vout;
  for (
    const vout of [
      ...[undefined, {}, [null], [{ ...output, valueZat: -1 }], [{ ...output, valueZat: 0.5 }]],
      ...[[{ ...output, scriptPubKey: undefined }], [{ ...output, scriptPubKey: { hex: "0" } }]],
    ]
  ) {
    result = { ...whole, vout };
    await assertFails(clientOf(server).getTransactionOutputs(new Uint8Array(32)), "malformed");
  }
});

Deno.test("the end of support is read where there is one", async () => {
  await using testnet = answering("getdeprecationinfo");
  assert.equal(await clientOf(testnet).getDeprecationInfo(), undefined);
  const result = { end_of_service: { block_height: 3_684_728, estimated_time: 1_797_379_200 } };
  await using mainnet = new ScriptedHttp((exchange) =>
    exchange.write(rpcAnswer(exchange, { result }))
  );
  const expected = { blockHeight: 3_684_728, estimatedTime: 1_797_379_200 };
  assert.deepEqual(await clientOf(mainnet).getDeprecationInfo(), expected);
});

Deno.test("submitblock and proposal mode send hexadecimal digits and give the node's verdict", async () => {
  const sent: unknown[] = [];
  await using server = new ScriptedHttp(async (exchange) => {
    const { params } = JSON.parse(exchange.body) as { params: unknown[] };
    sent.push(...params);
    const result = exchange.number === 1 ? "rejected" : null;
    await exchange.write(rpcAnswer(exchange, { result }));
  });
  const client = clientOf(server);
  assert.equal(await client.submitBlock(Uint8Array.of(0, 1, 255)), "rejected");
  assert.equal(await client.proposeBlock(Uint8Array.of(0, 1, 255)), null);
  assert.deepEqual(sent, ["0001ff", { mode: "proposal", data: "0001ff" }]);
});

Deno.test("a JSON-RPC error keeps its code and the node's words with their detail", async () => {
  await using server = answering("getblocktemplate", 1);
  await assert.rejects(clientOf(server).getBlockTemplate({ longPollId: "x" }), (thrown) => {
    assert.ok(thrown instanceof RpcError);
    assert.equal(thrown.kind, "rpc");
    assert.equal(thrown.rpcCode, -1);
    assert.match(thrown.rpcMessage ?? "", /^Invalid params: invalid long poll id/);
    return true;
  });
});

Deno.test("answers that are not what the method answers with are malformed", async () => {
  const wrong: [string, (exchange: Exchange) => string][] = [
    ["no HTTP", () => "hello there\r\n\r\n"],
    ["no JSON", () => httpAnswer("<html>")],
    ["no object", () => httpAnswer("[]")],
    ["another id", () => httpAnswer('{"jsonrpc":"2.0","id":999,"result":{}}')],
    ["neither result nor error", () => httpAnswer('{"jsonrpc":"2.0","id":1}')],
    ["error without code", () => httpAnswer('{"jsonrpc":"2.0","id":1,"error":"no"}')],
    ["result is null", (exchange) => rpcAnswer(exchange, { result: null })],
    ["a field is missing", (exchange) => rpcAnswer(exchange, { result: { height: 1 } })],
    ["a float height", (exchange) => rpcAnswer(exchange, { result: { height: 1.5, hash: [] } })],
    [
      "31 bytes",
      (exchange) => rpcAnswer(exchange, { result: { height: 1, hash: Array(31).fill(0) } }),
    ],
    [
      "a byte of 256",
      (exchange) => rpcAnswer(exchange, { result: { height: 1, hash: Array(32).fill(256) } }),
    ],
    ["status 500", () => httpAnswer('{"jsonrpc":"2.0","id":1,"result":{}}', 500)],
    ["bytes that are no UTF-8", () => httpAnswer("ok").replace("ok", "\xff\xfe").slice(0, -2)],
  ];
  for (const [name, answer] of wrong) {
    await using server = new ScriptedHttp((exchange) => exchange.write(answer(exchange)));
    const call = clientOf(server).getBestBlockHeightAndHash();
    await assert.rejects(call, (thrown) => {
      assert.ok(thrown instanceof RpcError, name);
      assert.ok(["malformed", "broken"].includes(thrown.kind), `${name}: ${thrown.kind}`);
      return true;
    });
  }
});

Deno.test("an answer over the bound is refused before it is read, stated or chunked", async () => {
  const closed: Promise<void>[] = [];
  const heads = ["content-length: 5000000", "transfer-encoding: chunked"];
  for (const head of heads) {
    await using server = new ScriptedHttp(async (exchange) => {
      closed.push(exchange.closedByClient);
      await exchange.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`);
      const chunk = `400\r\n${"a".repeat(1024)}\r\n`;
      for (let sent = 0; sent < 200; sent++) await exchange.write(chunk);
      await exchange.closedByClient;
    });
    const client = clientOf(server, { answerLengthMax: 100_000 });
    await assertFails(client.getBlockchainInfo(), "malformed", /larger than 100000 bytes/);
    await Promise.all(closed);
  }
});

Deno.test("a call that is not answered ends at its own limit and closes its connection", async () => {
  const clock = new FakeClock();
  let closed: Promise<void> | undefined;
  await using server = new ScriptedHttp(async (exchange) => {
    closed = exchange.closedByClient;
    await closed;
  });
  const client = clientOf(server, { limits: { questionMs: 3_000 } }, clock);
  const call = assertFails(client.getBlockchainInfo(), "timeout", /3000 ms/);
  await server.received(1);
  await clock.advance(3_000);
  await call;
  await closed;
  assert.equal(clock.pending, 0);
});

Deno.test("a height that no block can have is malformed, not a very deep chain", async () => {
  let height = 0;
  const hash = Array(32).fill(7);
  await using server = new ScriptedHttp((exchange) =>
    exchange.write(rpcAnswer(exchange, { result: { height, hash } }))
  );
  const client = clientOf(server);
  for (height of [-1, 500_000_000, Number.MAX_SAFE_INTEGER]) {
    await assertFails(client.getBestBlockHeightAndHash(), "malformed", /a height of 0 to/);
  }
  height = 499_999_999;
  assert.equal((await client.getBestBlockHeightAndHash())?.height, height);
});

Deno.test("bytes that trickle do not prolong a call", async () => {
  const clock = new FakeClock();
  await using server = new ScriptedHttp(async (exchange) => {
    await exchange.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{");
    await clock.advance(1_500);
    await exchange.write("  ");
    await clock.advance(1_500);
    await exchange.closedByClient;
  });
  const client = clientOf(server, { limits: { questionMs: 3_000 } }, clock);
  await assertFails(client.getBlockchainInfo(), "timeout");
});

Deno.test("a long poll that is given up closes its connection at once", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = new ScriptedHttp(async (exchange) => {
    await exchange.closedByClient;
    closed.resolve();
  });
  const controller = new AbortController();
  const call = clientOf(server).getBlockTemplate({ longPollId: "a", signal: controller.signal });
  const failing = assertFails(call, "aborted");
  await server.received(1);
  controller.abort();
  await failing;
  await closed.promise;
});

Deno.test("a call whose signal has fired before makes no connection", async () => {
  await using server = new ScriptedHttp((exchange) => exchange.write(httpAnswer("{}")));
  const call = clientOf(server).getBlockchainInfo({ signal: AbortSignal.abort() });
  await assertFails(call, "aborted");
  assert.equal(server.requests, 0);
});

Deno.test("given up while it connects, a call leaves no connection behind", async () => {
  await using server = new ScriptedHttp((exchange) => exchange.closedByClient);
  for (let round = 0; round < 20; round++) {
    const controller = new AbortController();
    const call = clientOf(server).getBlockchainInfo({ signal: controller.signal });
    const failing = assertFails(call, "aborted");
    for (let turn = 0; turn < round; turn++) await Promise.resolve();
    controller.abort();
    await failing;
  }
  // The server sees a closed connection some turns of the event loop later.
  for (let turn = 0; turn < 20 || server.connections > 0; turn++) {
    assert.ok(turn < 1_000, `${server.connections} connections were left open`);
    await settle();
  }
});

Deno.test("a closed port is unreachable, and a torn answer is told apart from it", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const url = `http://127.0.0.1:${port}`;
  const closed = new RpcNodeClient({ url, credentials: NONE }, { clock: new FakeClock() });
  await assertFails(closed.getBlockchainInfo(), "unreachable");
  await using torn = new ScriptedHttp((exchange) =>
    exchange.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
  );
  await assertFails(clientOf(torn).getBlockchainInfo(), "broken", /within its answer/);
});

Deno.test("a connection closed without an answer is tried once more, then called unauthorized", async () => {
  await using server = new ScriptedHttp(() => {});
  await assertFails(
    clientOf(server).getBlockchainInfo(),
    "unauthorized",
    /credentials and none are set \(it closes the connection without an answer\)/,
  );
  assert.equal(server.requests, 2);
  const answers = [
    [401, "unauthorized", /none are set \(HTTP status 401\)/],
    [403, "unauthorized", /none are set \(HTTP status 403\)/],
    [429, "busy", /no free connection/],
  ] as const;
  for (const [status, kind, words] of answers) {
    await using refusing = new ScriptedHttp((exchange) => exchange.write(httpAnswer("", status)));
    await assertFails(clientOf(refusing).getBlockchainInfo(), kind, words);
  }
});

Deno.test("after a restart of the node the cookie is read again within the same call", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/.cookie`;
  let password = "first+/=";
  await using server = new ScriptedHttp(async (exchange) => {
    const expected = `authorization: basic ${btoa(`__cookie__:${password}`)}`;
    if (!exchange.head.toLowerCase().includes(expected.toLowerCase())) return;
    await exchange.write(rpcAnswer(exchange, { result: {} }));
  });
  const client = clientOf(server, { credentials: { kind: "cookie", path } });
  try {
    await assertFails(
      client.getDeprecationInfo(),
      "unauthorized",
      /does not exist; start the node/,
    );
    await Deno.writeTextFile(path, `__cookie__:${password}`);
    await client.getDeprecationInfo();
    password = "second";
    await Deno.writeTextFile(path, `__cookie__:${password}\n`);
    await client.getDeprecationInfo();
    assert.equal(server.requests, 3, "one refusal in between, and no file read when all is well");
    password = "third, and the file is stale";
    await assertFails(client.getDeprecationInfo(), "unauthorized");
    await Deno.writeTextFile(path, "no cookie at all");
    await assertFails(client.getDeprecationInfo(), "unauthorized", /user:password/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a cookie path that is a folder, a pipe or a device is refused, not waited for", async () => {
  const directory = await Deno.makeTempDir();
  const pipe = `${directory}/pipe`;
  const { success } = await new Deno.Command("mkfifo", { args: [pipe] }).output();
  assert(success);
  await using server = new ScriptedHttp((exchange) => exchange.write(httpAnswer("{}")));
  try {
    for (const path of [directory, pipe, "/dev/zero"]) {
      const client = clientOf(server, { credentials: { kind: "cookie", path } });
      await assertFails(client.getDeprecationInfo(), "unauthorized", /it is no file/);
    }
    await Deno.writeTextFile(`${directory}/long`, `a:${"b".repeat(2 ** 20)}`);
    const client = clientOf(server, {
      credentials: { kind: "cookie", path: `${directory}/long` },
    });
    await assertFails(client.getDeprecationInfo(), "unauthorized", /user:password/);
    assert.equal(server.requests, 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("user and password are sent, from the options or the URL, and never shown", async () => {
  const heads: string[] = [];
  await using server = new ScriptedHttp(async (exchange) => {
    heads.push(exchange.head);
    await exchange.write(rpcAnswer(exchange, { result: {} }));
  });
  const credentials = { kind: "password", user: "pool", password: "s:e cret" } as const;
  await clientOf(server, { credentials }).getDeprecationInfo();
  const url = server.url.replace("http://", "http://pool:s%3Ae%20cret@");
  const fromUrl = new RpcNodeClient({ url, credentials: NONE }, { clock: new FakeClock() });
  await fromUrl.getDeprecationInfo();
  assert.equal(fromUrl.url, server.url);
  for (const head of heads) assert.match(head, new RegExp(`Basic ${btoa("pool:s:e cret")}`));
});

Deno.test("a block that the node would not take is refused here", async () => {
  await using server = new ScriptedHttp((exchange) => exchange.write(httpAnswer("{}")));
  const call = clientOf(server).submitBlock(new Uint8Array(4_100_000));
  await assertFails(call, "malformed", /8200\d+ bytes/);
  assert.equal(server.requests, 0);
});

Deno.test({
  name: "without the net permission the call says which one is missing, and does not prompt",
  permissions: { net: false },
  async fn() {
    const client = new RpcNodeClient(
      { url: "http://127.0.0.1:1", credentials: NONE },
      { clock: new FakeClock() },
    );
    await assertFails(client.getBlockchainInfo(), "unreachable", /--allow-net=127\.0\.0\.1:1/);
  },
});

Deno.test({
  name: "without the read permission the cookie says which one is missing, and does not prompt",
  permissions: { net: true, read: false },
  async fn() {
    const client = new RpcNodeClient({
      url: "http://127.0.0.1:1",
      credentials: { kind: "cookie", path: "/nowhere/.cookie" },
    }, { clock: new FakeClock() });
    await assertFails(client.getBlockchainInfo(), "unauthorized", /--allow-read=\/nowhere/);
  },
});

Deno.test("a URL that is none is a TypeError", () => {
  for (const url of ["", "127.0.0.1:8232", "ftp://host", "nonsense"]) {
    assert.throws(() => new RpcNodeClient({ url, credentials: NONE }), TypeError, url);
  }
});
