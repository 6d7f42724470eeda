import assert from "node:assert/strict";
import { RpcClient, RpcError, type RpcErrorKind } from "../../../../src/platform/rpc/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { httpAnswer, ScriptedHttp } from "../../../support/scripted_http.ts";

function clientOf(url: string, silenceIsRefusal: boolean): RpcClient {
  return new RpcClient({
    peer: silenceIsRefusal ? "node" : "wallet",
    url,
    credentials: { kind: "none" },
    requestLengthMax: 1_000,
    answerLengthMax: 1_000,
    silenceIsRefusal,
  }, { clock: new FakeClock() });
}

async function assertFails(call: Promise<unknown>, kind: RpcErrorKind, note: string) {
  await assert.rejects(call, (thrown) => {
    assert.ok(thrown instanceof RpcError, note);
    assert.equal(thrown.kind, kind, `${note}: ${thrown.message}`);
    assert.equal(thrown.code, `${thrown.peer}-${kind}`);
    return true;
  });
}

Deno.test("silence is asked about again only where every call may be repeated", async () => {
  await using node = new ScriptedHttp(() => {});
  await assertFails(clientOf(node.url, true).call("x", [], 1_000), "unauthorized", "node");
  assert.equal(node.requests, 2);
  await using wallet = new ScriptedHttp(() => {});
  await assertFails(clientOf(wallet.url, false).call("x", [], 1_000), "broken", "wallet");
  assert.equal(wallet.requests, 1, "it may have paid");
});

Deno.test("an error is the peer's word on a call only when it names that call", async () => {
  const answers: readonly [string, RpcErrorKind][] = [
    ['{"id":1,"error":{"code":-8,"message":"no"}}', "rpc"],
    ['{"id":77,"error":{"code":-8,"message":"no"}}', "malformed"],
    ['{"id":null,"error":{"code":-32600,"message":"no"}}', "malformed"],
    ['{"error":{"code":-8,"message":"no"}}', "malformed"],
    ['{"id":1,"error":{"code":1.5,"message":"no"}}', "malformed"],
    ['{"id":1,"error":{"code":-8}}', "malformed"],
  ];
  for (const [body, kind] of answers) {
    await using server = new ScriptedHttp((exchange) => exchange.write(httpAnswer(body, 500)));
    await assertFails(clientOf(server.url, false).call("x", [], 1_000), kind, body);
  }
});

Deno.test("parameters that were made into JSON text go out as the list does, within the bound", async () => {
  const seen: unknown[] = [];
  await using server = new ScriptedHttp((exchange) => {
    const { id, params } = JSON.parse(exchange.body) as { id: number; params: unknown };
    seen.push(params);
    return exchange.write(httpAnswer(JSON.stringify({ id, result: null })));
  });
  const client = clientOf(server.url, false);
  await client.call("x", ["ab", 1], 1_000);
  await client.call("x", '["ab",1]', 1_000);
  assert.deepEqual(seen, [["ab", 1], ["ab", 1]]);
  await assertFails(client.call("x", ["a".repeat(1_000)], 1_000), "malformed", "too large");
  assert.equal(server.requests, 2);
});

Deno.test("credentials that are refused, and none at all, have messages of their own", async () => {
  await using silent = new ScriptedHttp(() => {});
  await assert.rejects(clientOf(silent.url, true).call("x", [], 1_000), {
    kind: "unauthorized",
    message:
      "The node asks for credentials and none are set (it closes the connection without an " +
      "answer); set its cookie file, or user and password",
  });
  await using refusing = new ScriptedHttp((exchange) => exchange.write(httpAnswer("", 401)));
  const url = refusing.url.replace("//", "//user:password@");
  await assert.rejects(clientOf(url, false).call("x", [], 1_000), {
    kind: "unauthorized",
    message: /^The wallet refuses the credentials \(HTTP status 401\); check the cookie path/,
  });
});

Deno.test("an answer that is no JSON-RPC says that something else may listen there", async () => {
  const answers = ["SSH-2.0-OpenSSH_9.6\r\n\r\n", httpAnswer("<html>hello</html>", 404)];
  for (const answer of answers) {
    await using other = new ScriptedHttp((exchange) => exchange.write(answer));
    await assert.rejects(clientOf(other.url, true).call("x", [], 1_000), {
      kind: "malformed",
      message: /something else than a node/,
    });
  }
});
