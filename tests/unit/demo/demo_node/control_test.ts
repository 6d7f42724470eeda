import assert from "node:assert/strict";
import {
  type DemoNode,
  type DemoNodeOptions,
  type SpoilerName,
  startDemoNode,
} from "../../../../src/demo/demo_node/mod.ts";
import { spoilerOf } from "../../../../src/demo/demo_node/_spoilers.ts";
import { encodeBlock } from "../../../../src/demo/demo_node/_block.ts";
import { SOLUTION_LENGTH } from "../../../../src/demo/demo_node/_equihash.ts";
import { templateToJson } from "../../../../src/demo/demo_node/_template.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { currentTemplate, demoCore } from "./_demo_core.ts";
import { call, exchange, post } from "./_http.ts";
import { SPOILER_NAMES } from "../../../../src/demo/demo_node/_spoilers.ts";

const COUNT = post(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "getblockcount", params: [] }));

async function withNode(
  test: (node: DemoNode, clock: FakeClock) => Promise<void>,
  options: DemoNodeOptions = {},
): Promise<void> {
  const clock = new FakeClock();
  const node = await startDemoNode({ seed: "control", ...options }, { clock });
  try {
    await test(node, clock);
  } finally {
    await node.close();
  }
}

Deno.test("an error on order meets the method it is meant for, as often as it is meant", () =>
  withNode(async (node) => {
    const fault = { kind: "error", code: -10, message: "not synced" } as const;
    node.control.setFault(fault, { method: "getblocktemplate", times: 2 });
    assert.equal((await call(node, "getblockcount")).result, 0);
    for (let i = 0; i < 2; i++) {
      const { error } = await call(node, "getblocktemplate");
      assert.deepEqual(error, { code: -10, message: "not synced" });
    }
    assert.equal((await call(node, "getblocktemplate")).error, undefined);
  }));

Deno.test("a connection is closed unanswered on order", () =>
  withNode(async (node) => {
    node.control.setFault({ kind: "close" }, { times: 1 });
    assert.equal(await exchange(node.url, COUNT), "");
    assert.equal((await call(node, "getblockcount")).result, 0);
  }));

Deno.test("an answer comes late on order", () =>
  withNode(async (node, clock) => {
    node.control.setFault({ kind: "lag", delayMs: 1_000 }, { times: 1 });
    let answered = false;
    const late = call(node, "getblockcount").then((answer) => {
      answered = true;
      return answer;
    });
    // The template's timer and the arrival's are there already; the lag's comes with the call.
    while (clock.pending < 3) await settle();
    await clock.advance(999);
    assert.equal(answered, false);
    await clock.advance(1);
    assert.equal((await late).result, 0);
  }));

Deno.test("a call hangs on order until its client leaves", () =>
  withNode(async (node) => {
    node.control.setFault({ kind: "hang" }, { method: "submitblock" });
    const client = new AbortController();
    const hanging = call(node, "submitblock", ["00"], { signal: client.signal });
    assert.equal((await call(node, "getblockcount")).result, 0);
    client.abort();
    await assert.rejects(hanging);
    node.control.clearFaults();
    assert.equal((await call(node, "submitblock", ["00"])).result, "rejected");
  }));

Deno.test("long polls are dropped on order", () =>
  withNode(async (node) => {
    const { result } = await call(node, "getblocktemplate");
    const { longpollid } = result as { longpollid: string };
    const params = [{ longpollid }];
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "getblocktemplate", params });
    const waiting = exchange(node.url, post(body));
    while (node.control.longPolls === 0) await call(node, "getblockcount");
    node.control.dropLongPolls();
    assert.equal(await waiting, "");
    assert.equal(node.control.longPolls, 0);
  }));

Deno.test("all connections are closed on order", () =>
  withNode(async (node) => {
    const { hostname, port } = new URL(node.url);
    const socket = await Deno.connect({ hostname, port: Number(port) });
    while (node.control.connections === 0) await settle();
    node.control.closeConnections();
    assert.equal(await socket.read(new Uint8Array(1)), null);
    socket.close();
  }));

Deno.test("blocks by others and reorganisations come on order", () =>
  withNode(async (node) => {
    const hashes = node.control.generate(3);
    assert.equal(hashes.length, 3);
    assert.equal(node.control.tip.hash, hashes[2]);
    const { result } = await call(node, "getbestblockhash");
    assert.equal(result, hashes[2]);
    const branch = node.control.reorg(2);
    assert.equal((await call(node, "getbestblockhash")).result, branch.at(-1));
    assert.equal((await call(node, "getblockhash", [1])).result, hashes[0]);
  }));

/** What does not show in a block that takes commitment and outputs as the template has them. */
const UNSEEN_IN_BLOCKS: readonly SpoilerName[] = [
  "pays_someone_else",
  "auth_data_root_wrong",
  "history_root_wrong",
];

for (const name of SPOILER_NAMES) {
  const seen = !UNSEEN_IN_BLOCKS.includes(name);
  const title = seen ? "is no block by the node's own checks" : "differs only in the template";
  Deno.test(`a template that is ${name} ${title}`, async () => {
    const { core } = demoCore();
    const right = templateToJson(currentTemplate(core));
    core.board?.spoil(spoilerOf(name));
    const template = currentTemplate(core);
    assert.notDeepEqual(templateToJson(template), right);
    const block = encodeBlock({
      version: 4,
      previousBlockHash: template.parent.hash,
      merkleRoot: template.merkleRoot,
      blockCommitments: template.blockCommitments,
      time: template.curTime,
      bits: template.bits,
      nonce: new Uint8Array(32),
      solution: new Uint8Array(SOLUTION_LENGTH),
    }, [template.coinbase, ...template.transactions.map((pending) => pending.transaction)]);
    const answer = await core.inbox.propose(block, new AbortController().signal);
    assert.equal(answer !== null, seen, String(answer));
    core.board?.spoil(undefined);
    assert.deepEqual(templateToJson(currentTemplate(core)), right);
    core.close();
  });
}

Deno.test("the control interface is there over HTTP only when it is asked for", () =>
  withNode(async (node) => {
    assert.equal(node.controlUrl, undefined);
    await Promise.resolve();
  }));

Deno.test("orders over HTTP do what they say, and wrong ones are explained", () =>
  withNode(async (node) => {
    const url = node.controlUrl;
    assert(url !== undefined);
    const order = async (request: unknown) => {
      const response = await fetch(url, { method: "POST", body: JSON.stringify(request) });
      return await response.json();
    };
    const { result } = await order({ command: "generate", count: 2 });
    assert.equal(result.length, 2);
    assert.equal((await order({ command: "status" })).result.tip.height, 2);
    await order({ command: "set_fault", kind: "error", code: -1, message: "no", times: 1 });
    assert.equal((await call(node, "getblockcount")).error?.code, -1);
    assert.equal((await call(node, "getblockcount")).result, 2);
    await order({ command: "spoil_templates", name: "bits_too_hard" });
    await order({ command: "spoil_templates" });
    await order({ command: "reorg", depth: 1 });
    assert.equal((await call(node, "getblockcount")).result, 3);
    for (
      const wrong of [
        { command: "nosuch" },
        { command: "generate", count: "many" },
        { command: "generate", count: 0 },
        { command: "reorg", depth: 400 },
        { command: "set_fault", kind: "nosuch" },
        { command: "spoil_templates", name: "nosuch" },
        [],
      ]
    ) assert.equal(typeof (await order(wrong)).error, "string", JSON.stringify(wrong));
    const get = await fetch(url);
    await get.text();
    assert.equal(get.status, 405);
  }, { controlPort: 0 }));
