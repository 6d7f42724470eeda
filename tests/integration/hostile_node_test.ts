/**
 * A node, or what stands in its place, that answers with garbage, too much, too little, or nothing:
 * the pool says that it has no node, keeps its miners, and goes on by itself when the node is back.
 */
import assert from "node:assert/strict";
import { type LogLevel } from "../../src/base/mod.ts";
import { parseConfig } from "../../src/service/config/mod.ts";
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { startPool } from "../../src/service/pool/mod.ts";
import { NewEquihashJob } from "../../src/wire/protocol/mod.ts";
import { EvilNode, type Spoiler } from "../support/evil_node.ts";
import { RawClient } from "../support/raw_client.ts";
import { until } from "../support/until.ts";

const OK = "HTTP/1.1 200 OK\r\n";

const http = (body: string): string => `${OK}Content-Length: ${body.length}\r\n\r\n${body}`;

/** An answer of the right form to the request that the node's answer belongs to. */
const result = (answer: Uint8Array, text: string): string =>
  http(`{"jsonrpc":"2.0","id":${idOf(answer)},"result":${text}}`);

function idOf(answer: Uint8Array): string {
  return /"id":(\d+)/.exec(new TextDecoder("latin1").decode(answer))?.[1] ?? "0";
}

const SPOILERS: Readonly<Record<string, Spoiler>> = {
  "random bytes": (_, send) => send(crypto.getRandomValues(new Uint8Array(5_000))),
  "no JSON": (_, send) => send(http("<html>")),
  "another's answer": (_, send) => send(http('{"jsonrpc":"2.0","id":"x","result":1}')),
  "null": (answer, send) => send(result(answer, "null")),
  "a list of lists": (answer, send) => send(result(answer, "[".repeat(9_999) + "]".repeat(9_999))),
  "numbers for texts": (answer, send) =>
    send(result(answer, '{"hash":1,"height":"x","previousblockhash":[],"longpollid":{}}')),
  "17 MB": (answer, send) => send(result(answer, `"${"a".repeat(17 * 2 ** 20)}"`)),
  "a length of 10 GB": (_, send) => send(`${OK}Content-Length: 10000000000\r\n\r\n{`),
  "chunks without end": async (_, send) => {
    await send(`${OK}Transfer-Encoding: chunked\r\n\r\n`);
    for (let i = 0; i < 1_000; i++) await send("1\r\n \r\n".repeat(5_000));
  },
  "interim responses without end": async (_, send) => {
    for (let i = 0; i < 1_000; i++) await send("HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000));
  },
  "half an answer": (answer, send) => send(answer.subarray(0, answer.length >> 1)),
  "no answer": () => Promise.resolve(),
  "a fault of the server": (_, send) => send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"),
  "an error with a long text and odd characters": (answer, send) =>
    send(http(
      `{"jsonrpc":"2.0","id":${idOf(answer)},"error":{"code":-8,"message":"\\u001b[2J${
        "x".repeat(100_000)
      }"}}`,
    )),
};

const CONFIGURATION = `
[server]
listen_addr = "127.0.0.1:0"
[payout]
pool_address = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v"
[jd]
enabled = false
[database]
path = ":memory:"
[metrics]
listen_addr = "127.0.0.1:0"
[zebra]
poll_interval_ms = 50
failover_timeout_ms = 500
`;

Deno.test("whatever stands in the node's place, the pool keeps its miners and comes back by itself", async () => {
  const node = await startDemoNode({ transactionIntervalMs: 0 });
  await using evil = new EvilNode(node.url);
  const lines: { level: LogLevel; event: string; message: string }[] = [];
  const pool = await startPool(parseConfig(`${CONFIGURATION}url = "${evil.url}"`), {
    logger: { log: (level, event, message) => void lines.push({ level, event, message }) },
  });
  const eventsOf = (name: string) => lines.filter(({ event }) => event === name);
  try {
    const miner = await RawClient.connect(pool.miningAddress);
    await miner.mine();
    for (const [name, spoiler] of Object.entries(SPOILERS)) {
      const [usable, unusable] = [eventsOf("node_usable"), eventsOf("node_unusable")];
      evil.spoiler = spoiler;
      await until(
        `not unusable: ${name}`,
        () => eventsOf("node_unusable").length > unusable.length,
      );
      evil.spoiler = undefined;
      await until(`not usable: ${name}`, () => eventsOf("node_usable").length > usable.length);
      const told = eventsOf("node_unusable").at(-1)?.message ?? "";
      assert(told.length < 2_000 && !told.includes("\u001b"), `${name}: ${told.length} characters`);
      const jobs = miner.heard(NewEquihashJob).length;
      node.control.generate(1);
      await miner.hear(NewEquihashJob, jobs + 1);
    }
    assert.equal(eventsOf("pool_failed").length, 0);
    assert(lines.length < 20 * Object.keys(SPOILERS).length, `${lines.length} lines`);
    await miner.close();
  } finally {
    await pool.stop();
    await node.close();
  }
});
