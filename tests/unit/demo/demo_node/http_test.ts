import assert from "node:assert/strict";
import {
  type DemoNode,
  type DemoNodeOptions,
  startDemoNode,
} from "../../../../src/demo/demo_node/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { call, exchange, post, send } from "./_http.ts";
import { readData } from "./_recorded.ts";

async function withNode(
  options: DemoNodeOptions,
  test: (node: DemoNode, clock: FakeClock) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock();
  const node = await startDemoNode({ seed: "http", ...options }, { clock });
  try {
    await test(node, clock);
  } finally {
    await node.close();
  }
}

const COUNT = JSON.stringify({ jsonrpc: "2.0", id: 7, method: "getblockcount", params: [] });

Deno.test("a call of version 2.0 is answered with its id", () =>
  withNode({}, async (node) => {
    assert.deepEqual(await send(node, COUNT), { jsonrpc: "2.0", id: 7, result: 0 });
  }));

Deno.test("older calls are answered when they name id and params, else refused", () =>
  withNode({}, async (node) => {
    const old = { id: 1, method: "getblockcount", params: [] };
    assert.deepEqual(await send(node, JSON.stringify(old)), { id: 1, result: 0, error: null });
    const one = JSON.stringify({ ...old, jsonrpc: "1.0" });
    assert.deepEqual(await send(node, one), { jsonrpc: "1.0", id: 1, result: 0, error: null });
    const { error } = await send(node, JSON.stringify({ id: 1, method: "getblockcount" })) as {
      error: { code: number };
    };
    assert.equal(error.code, -32600);
  }));

Deno.test("a batch is answered call by call", () =>
  withNode({}, async (node) => {
    const [count, unknown] = await send(
      node,
      `[${COUNT},${COUNT.replace("getblockcount", "nosuch")}]`,
    ) as { result?: number; error?: { code: number } }[];
    assert.equal(count?.result, 0);
    assert.equal(unknown?.error?.code, -32601);
  }));

interface OddBody {
  readonly body: string;
  readonly status: number;
  readonly answer: unknown;
}

/** The answer without the place in the line at which the real node's reader complains. */
function withoutPlace(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer).replace(/ at line 1 column \d+"/g, '"'));
}

Deno.test("odd bodies and parameters are answered as the real node answered them", () =>
  withNode({}, async (node) => {
    node.control.generate(5);
    const { rows } = readData<{ rows: OddBody[] }>("demo_node/odd_bodies_7.0.0");
    assert.ok(rows.length > 50);
    for (const { body, status, answer } of rows) {
      const response = await fetch(node.url, { method: "POST", body });
      const text = await response.text();
      assert.equal(response.status, status, body);
      assert.deepEqual(
        withoutPlace(text === "" ? null : JSON.parse(text)),
        withoutPlace(answer),
        body,
      );
    }
  }));

Deno.test("nonsense instead of HTTP closes the connection", () =>
  withNode({}, async (node) => {
    for (
      const text of [
        "\r\n\r\n",
        "HELLO\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        "POST / HTTP/1.1\r\ncontent-length: 5000000\r\n\r\n",
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        `POST / HTTP/1.1\r\nx: ${"y".repeat(90_000)}`,
      ]
    ) assert.equal(await exchange(node.url, text), "", JSON.stringify(text.slice(0, 60)));
  }));

Deno.test("other methods than POST are refused with 405", () =>
  withNode({}, async (node) => {
    const response = await fetch(node.url);
    await response.text();
    assert.equal(response.status, 405);
  }));

Deno.test("several calls go over one connection, also when they come in pieces", () =>
  withNode({}, async (node) => {
    const { hostname, port } = new URL(node.url);
    const socket = await Deno.connect({ hostname, port: Number(port) });
    const bytes = new TextEncoder().encode(post(COUNT) + post(COUNT));
    for (let i = 0; i < bytes.length; i += 50) await socket.write(bytes.subarray(i, i + 50));
    const chunk = new Uint8Array(4_096);
    let text = "";
    while (text.split('"result":0').length < 3) {
      text += new TextDecoder().decode(chunk.subarray(0, await socket.read(chunk) ?? 0));
    }
    socket.close();
  }));

Deno.test("a client that wants no second call sees the connection end after the answer", () =>
  withNode({}, async (node) => {
    const answer = await exchange(node.url, post(COUNT, { connection: "close" }));
    assert.match(
      answer,
      /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\{"jsonrpc":"2\.0","id":7,"result":0\}$/,
    );
  }));

Deno.test("a client may ask before it sends its body", () =>
  withNode({}, async (node) => {
    const { hostname, port } = new URL(node.url);
    const socket = await Deno.connect({ hostname, port: Number(port) });
    const [head, body] = post(COUNT, { expect: "100-continue" }).split("\r\n\r\n");
    await socket.write(new TextEncoder().encode(`${head}\r\n\r\n`));
    const chunk = new Uint8Array(4_096);
    const first = new TextDecoder().decode(chunk.subarray(0, await socket.read(chunk) ?? 0));
    assert.match(first, /^HTTP\/1\.1 100 /);
    await socket.write(new TextEncoder().encode(body));
    const second = new TextDecoder().decode(chunk.subarray(0, await socket.read(chunk) ?? 0));
    assert.match(second, /^HTTP\/1\.1 200 /);
    socket.close();
  }));

Deno.test("the hundred and first connection is told to come later", () =>
  withNode({}, async (node) => {
    const { hostname, port } = new URL(node.url);
    const sockets: Deno.TcpConn[] = [];
    for (let i = 0; i < 100; i++) {
      sockets.push(await Deno.connect({ hostname, port: Number(port) }));
    }
    assert.match(await exchange(node.url, post(COUNT)), /^HTTP\/1\.1 429 /);
    for (const socket of sockets) socket.close();
  }));

Deno.test("with a cookie only its password opens; others see the connection close", async () => {
  const cookieDir = await Deno.makeTempDir();
  try {
    await withNode({ cookieDir }, async (node) => {
      assert.equal(node.cookiePath, `${cookieDir}/.cookie`);
      const mode = (await Deno.stat(node.cookiePath)).mode ?? 0;
      assert.equal(mode & 0o777, 0o600);
      const cookie = await Deno.readTextFile(node.cookiePath);
      assert.match(cookie, /^__cookie__:[A-Za-z0-9+/]{43}=$/);
      const password = cookie.split(":")[1];
      for (const user of ["__cookie__", "anyone"]) {
        const authorization = `Basic ${btoa(`${user}:${password}`)}`;
        const { result } = await call(node, "getblockcount", [], { headers: { authorization } });
        assert.equal(result, 0);
      }
      for (const authorization of ["", "Basic", "Basic ???", `Basic ${btoa("__cookie__:x")}`]) {
        assert.equal(await exchange(node.url, post(COUNT, { authorization })), "", authorization);
      }
      await node.control.renewCookie();
      const authorization = `Basic ${btoa(cookie)}`;
      assert.equal(await exchange(node.url, post(COUNT, { authorization })), "");
      assert.notEqual(await Deno.readTextFile(node.cookiePath), cookie);
      assert.equal(((await Deno.stat(node.cookiePath)).mode ?? 0) & 0o777, 0o600);
    });
  } finally {
    await Deno.remove(cookieDir, { recursive: true });
  }
});

Deno.test("closing the node ends long polls, and its port is free again", async () => {
  const node = await startDemoNode({ seed: "http" }, { clock: new FakeClock() });
  const { result } = await call(node, "getblocktemplate");
  const { longpollid } = result as { longpollid: string };
  const waiting = call(node, "getblocktemplate", [{ longpollid }]).then(
    () => "answered",
    () => "closed",
  );
  while (node.control.longPolls === 0) await call(node, "getblockcount");
  await node.close();
  assert.equal(await waiting, "closed");
  const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(new URL(node.url).port) });
  listener.close();
});

Deno.test("options that make no node are refused by name", async () => {
  const rows: readonly [DemoNodeOptions, RegExp][] = [
    [{ minerAddress: "garbage" }, /transparent address/],
    [{ extraCoinbaseData: "x".repeat(87) }, /86 bytes/],
    [{ powLimit: 0n }, /powLimit/],
    [{ powLimit: 1n << 255n }, /powLimit/],
    [{ spacingSecs: 0 }, /spacingSecs/],
  ];
  for (const [options, reason] of rows) await assert.rejects(() => startDemoNode(options), reason);
});
