import assert from "node:assert/strict";
import { displayHash } from "../../../../src/base/mod.ts";
import { RpcError } from "../../../../src/platform/rpc/mod.ts";
import {
  OtherNetworkError,
  TemplateProvider,
} from "../../../../src/chain/template_provider/mod.ts";
import type {
  TemplateEvent,
  TemplateProviderOptions,
} from "../../../../src/chain/template_provider/mod.ts";
import { type BlockTemplate, TemplateError } from "../../../../src/chain/zcash/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { blockHash, FakeNode, templateJson } from "./_fake_node.ts";

/** A provider whose events are written down as one word each, with the time they came. */
class Watch implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly provider: TemplateProvider;
  readonly events: TemplateEvent[] = [];
  readonly times: number[] = [];
  /** Whether the event is a template on another parent than the template before it. */
  readonly newParents: boolean[] = [];
  readonly lines: string[] = [];
  readonly #nodes: readonly FakeNode[];
  readonly #reading: Promise<void>;

  constructor(nodes: readonly FakeNode[], options: TemplateProviderOptions = {}) {
    this.#nodes = nodes;
    const logger = {
      log: (level: string, event: string) => {
        if (level !== "debug") this.lines.push(`${level} ${event}`);
      },
    };
    this.provider = new TemplateProvider(options, { nodes, clock: this.clock, logger });
    this.#reading = this.#read();
  }

  /** "usable", "unusable", "new 101" and "same 101+2": height and number of transactions. */
  get words(): string[] {
    return this.events.map((event, index) => {
      if (event.kind === "unusable" && event.parentLost === true) return "unusable, parent lost";
      if (event.kind !== "template") return event.kind;
      const { height, transactions } = event.template;
      const count = transactions.length === 0 ? "" : `+${transactions.length}`;
      return `${this.newParents[index] ? "new" : "same"} ${height}${count}`;
    });
  }

  /** The events since the last call. */
  take(): string[] {
    const words = this.words;
    this.events.length = 0;
    this.times.length = 0;
    this.newParents.length = 0;
    return words;
  }

  /** Closes and checks that nothing is left: no timer, no call. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.provider.close();
    await this.#reading;
    assert.equal(this.clock.pending, 0, "timers left behind");
    for (const node of this.#nodes) assert.equal(node.pending, 0, `calls left at ${node.url}`);
  }

  async #read(): Promise<void> {
    let parent = "";
    for await (const event of this.provider.events()) {
      const told = event.kind === "template"
        ? displayHash(event.template.previousBlockHash)
        : parent;
      this.newParents.push(told !== parent);
      parent = told;
      this.events.push(event);
      this.times.push(this.clock.monotonic());
    }
  }
}

const refused = new RpcError("node", "unreachable", "Cannot talk to the node: connection refused");
const notSynced = (text: string): RpcError =>
  new RpcError("node", "rpc", text, { rpcCode: -10, rpcMessage: text });

Deno.test("the first template comes at once, and a new tip by the long poll without any waiting", async () => {
  const node = new FakeNode();
  node.transactions = 2;
  await using watch = new Watch([node]);
  await watch.clock.advance(0);
  assert.deepEqual(watch.take(), ["usable", "new 101+2"]);
  node.newTip(101, { transactions: 1 });
  await watch.clock.advance(0);
  assert.deepEqual(watch.take(), ["new 102+1"]);
  assert.equal(node.count("long_poll"), 2);
});

Deno.test("our own standstill is not the node's silence", async () => {
  const node = new FakeNode();
  await using watch = new Watch([node]);
  await watch.clock.advance(100);
  watch.take();
  // What it has answered meanwhile is read behind the timers that became due.
  node.trouble = "hang";
  watch.clock.standStill(60_000);
  await watch.clock.advance(0);
  node.recover();
  await watch.clock.advance(10_000);
  assert.deepEqual(watch.take(), []);
});

Deno.test("a refresh on the same parent is told as such, whatever submitold says", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  await using watch = new Watch([node]);
  await watch.clock.advance(0);
  watch.take();
  node.override = { ...templateJson(node.tip, { transactions: 3, serial: 9 }), submitold: false };
  node.change();
  await watch.clock.advance(0);
  assert.deepEqual(watch.take(), ["same 101+3"]);
});

Deno.test("an empty template on a new parent waits 20 ms for a full one, which replaces it", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  await using watch = new Watch([node]);
  await watch.clock.advance(0);
  watch.take();
  node.newTip(101);
  await watch.clock.advance(3);
  assert.deepEqual(watch.words, []);
  node.refresh(5);
  await watch.clock.advance(0);
  assert.deepEqual(watch.take(), ["new 102+5"]);
  await watch.clock.advance(100);
  assert.deepEqual(watch.take(), []);

  node.newTip(102);
  const at = watch.clock.monotonic();
  await watch.clock.advance(15);
  node.refresh(0);
  await watch.clock.advance(4);
  assert.deepEqual(watch.words, []);
  await watch.clock.advance(1);
  assert.deepEqual(watch.times, [at + 20]);
  assert.deepEqual(watch.take(), ["new 103"]);
  node.refresh(4);
  await watch.clock.advance(0);
  assert.deepEqual(watch.take(), ["same 103+4"]);
});

Deno.test("two tips within the window: the first one's empty template is never told", async () => {
  const node = new FakeNode();
  await using watch = new Watch([node]);
  await watch.clock.advance(20);
  watch.take();
  node.newTip(101);
  await watch.clock.advance(10);
  node.newTip(102);
  await watch.clock.advance(20);
  assert.deepEqual(watch.take(), ["new 103"]);
});

for (const longPolls of ["dropped", "silent"] as const) {
  Deno.test(`with long polls that are ${longPolls} a new tip is told within one poll interval`, async () => {
    const node = new FakeNode();
    node.transactions = 1;
    node.longPolls = longPolls;
    await using watch = new Watch([node], { pollIntervalMs: 500 });
    await watch.clock.advance(1);
    watch.take();
    for (let height = 101; height < 130; height++) {
      // A prime step, so that tips fall on every phase of the interval.
      await watch.clock.advance(733);
      watch.take();
      const at = watch.clock.monotonic();
      node.newTip(height, { transactions: 1 });
      await watch.clock.advance(500);
      assert.deepEqual(watch.words, [`new ${height + 1}+1`]);
      assert.ok((watch.times[0] ?? Infinity) - at <= 500);
    }
    assert.deepEqual(watch.lines, ["info node_usable"], "nothing to tell the operator");
  });
}

Deno.test("a long poll that keeps silent about a tip is given up and asked anew", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  node.longPolls = "silent";
  await using watch = new Watch([node]);
  await watch.clock.advance(0);
  node.newTip(101, { transactions: 1 });
  await watch.clock.advance(500);
  assert.equal(node.count("long_poll"), 1);
  node.longPolls = "normal";
  await watch.clock.advance(1_000);
  assert.equal(node.count("long_poll"), 2);
  watch.take();
  node.newTip(102, { transactions: 1 });
  await watch.clock.advance(0);
  assert.deepEqual(watch.take(), ["new 103+1"]);
});

Deno.test("a long poll that answers at once is not asked in a spin", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  node.longPolls = "at_once";
  await using watch = new Watch([node]);
  await watch.clock.advance(10_000);
  const count = node.count("long_poll");
  assert.ok(count >= 10 && count <= 62, `${count} long polls in 10 seconds`);
});

Deno.test("while nothing happens the poll asks for the best block only, and confirms the template", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  await using watch = new Watch([node]);
  await watch.clock.advance(60_000);
  assert.deepEqual(watch.take(), ["usable", "new 101+1"]);
  assert.ok(node.count("best") >= 100, `${node.count("best")} questions`);
  assert.ok(node.count("template") <= 7, `${node.count("template")} templates`);
  assert.ok(watch.clock.monotonic() - (watch.provider.lastConfirmedAt ?? 0) <= 500);
});

Deno.test("a confirmation counts from the question, so that a slow answer makes nothing younger", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  await using watch = new Watch([node]);
  await watch.clock.advance(0);
  node.trouble = "hang";
  await watch.clock.advance(500);
  const asked = watch.clock.monotonic();
  await watch.clock.advance(2_000);
  node.recover();
  await watch.clock.advance(0);
  assert.equal(watch.provider.lastConfirmedAt, asked);
});

Deno.test("an answer that is older than what is known does not bring the old tip back", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  await using watch = new Watch([node]);
  await watch.clock.advance(0);
  // The next full poll is asked before the new tip and answered, with the old one, after it.
  node.trouble = undefined;
  const old = templateJson(node.tip, { transactions: 2, serial: 77 });
  const released = Promise.withResolvers<void>();
  const original = node.getBlockTemplate.bind(node);
  node.getBlockTemplate = async (options = {}) => {
    if (options.longPollId !== undefined) return await original(options);
    node.getBlockTemplate = original;
    await released.promise;
    return old;
  };
  await watch.clock.advance(10_000);
  watch.take();
  node.newTip(101, { transactions: 1 });
  await watch.clock.advance(0);
  assert.deepEqual(watch.take(), ["new 102+1"]);
  released.resolve();
  await watch.clock.advance(2_000);
  assert.deepEqual(watch.take(), []);
});

Deno.test("a reorganization is a new parent, also when it leads back to an earlier one", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  await using watch = new Watch([node]);
  await watch.clock.advance(0);
  node.newTip(101, { transactions: 1 });
  await watch.clock.advance(0);
  node.newTip(101, { branch: 1, transactions: 1 });
  await watch.clock.advance(0);
  node.newTip(100, { transactions: 1 });
  await watch.clock.advance(0);
  assert.deepEqual(watch.take(), ["usable", "new 101+1", "new 102+1", "new 102+1", "new 101+1"]);
});

Deno.test("a node that dies is unusable once, however often it is asked, and usable when it is back", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  await using watch = new Watch([node]);
  await watch.clock.advance(0);
  watch.take();
  node.trouble = refused;
  node.drop();
  await watch.clock.advance(1_000);
  assert.deepEqual(watch.words, ["unusable"]);
  assert.ok((watch.times[0] ?? Infinity) <= 500, "the lost long poll makes the poll look at once");
  const [event] = watch.events;
  assert.ok(event?.kind === "unusable");
  assert.match(event.reason, /http:\/\/node-a: .*refused\. Start the node/);
  assert.ok(event.sinceMs >= 0 && event.sinceMs <= 1_000);
  watch.take();
  const before = node.calls.length;
  await watch.clock.advance(10 * 60_000);
  assert.deepEqual(watch.take(), []);
  const calls = node.calls.length - before;
  assert.ok(calls >= 100 && calls <= 140, `${calls} calls in ten minutes: a bounded backoff`);
  node.recover();
  await watch.clock.advance(5_000);
  assert.deepEqual(watch.take(), ["usable", "same 101+1"], "the work is told again");
  assert.deepEqual(watch.lines, ["info node_usable", "warn node_unusable", "info node_usable"]);
});

Deno.test("one failed poll of a node that works is not worth a word", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  await using watch = new Watch([node]);
  await watch.clock.advance(0);
  watch.take();
  node.trouble = new RpcError("node", "rpc", "busy", {
    rpcCode: 0,
    rpcMessage: "Zebra is committing too many blocks to the state",
  });
  await watch.clock.advance(500);
  node.recover();
  await watch.clock.advance(5_000);
  assert.deepEqual(watch.take(), []);
});

Deno.test("each trouble of a node has its name and its advice from the first poll on", async () => {
  const rpc = (code: number, text: string): RpcError =>
    new RpcError("node", "rpc", text, { rpcCode: code, rpcMessage: text });
  const troubles: [RpcError, string, RegExp][] = [
    [refused, "unreachable", /Start the node/],
    [
      new RpcError("node", "unauthorized", "The node refuses the credentials"),
      "unauthorized",
      /credential/,
    ],
    [new RpcError("node", "busy", "no free connection"), "busy", /100 connections at once/],
    [new RpcError("node", "timeout", "no answer within 15000 ms"), "silent", /overloaded/],
    [notSynced("Zebra has not synced to the chain tip"), "not_synced", /peers/],
    [
      rpc(0, "miner parameters are required for get_block_template"),
      "no_miner_address",
      /mining\.miner_address/,
    ],
    [rpc(-1, "no chain tip available yet"), "empty", /no block yet/],
    [rpc(0, "Zebra's state is empty, wait until it syncs"), "empty", /no block yet/],
    [rpc(0, "Zebra is committing too many blocks to the state"), "unsettled", /by itself/],
    [rpc(0, "median-time-past is too far ahead of the local clock"), "unsettled", /clock/],
    [rpc(-1, "local clock moved backwards while building"), "unsettled", /clock/],
    [rpc(0, "mempool is not active: wait for Zebra"), "no_mempool", /mempool/],
    [rpc(-32601, "Method not found"), "refuses", /Method not found \(-32601\)/],
    [new RpcError("node", "malformed", "no JSON"), "malformed", /JSON/],
  ];
  for (const [trouble, state, advice] of troubles) {
    const node = new FakeNode();
    node.trouble = trouble;
    await using watch = new Watch([node]);
    await watch.clock.advance(0);
    assert.deepEqual(watch.words, ["unusable"], state);
    const [status] = watch.provider.status();
    assert.equal(status?.state, state);
    assert.match(status?.reason ?? "", advice, state);
  }
});

Deno.test("a reason whose words change with the time is one trouble, another trouble is another", async () => {
  const node = new FakeNode();
  node.trouble = notSynced("time since tip: 1s");
  await using watch = new Watch([node]);
  await watch.clock.advance(600);
  node.trouble = notSynced("time since tip: 2s");
  await watch.clock.advance(30_000);
  assert.deepEqual(watch.take(), ["unusable"]);
  node.trouble = refused;
  await watch.clock.advance(30_000);
  assert.deepEqual(watch.take(), ["unusable"]);
  assert.deepEqual(watch.lines, ["warn node_unusable", "warn node_unusable"]);
});

Deno.test("a malformed template is refused with an alarm, by poll and by long poll, until a good one comes", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  await using watch = new Watch([node]);
  await watch.clock.advance(0);
  watch.take();
  node.tip = { height: 101, hash: blockHash(101) };
  node.override = { ...templateJson(node.tip, { transactions: 1, serial: 50 }), bits: "ffffffff" };
  node.change();
  await watch.clock.advance(60_000);
  assert.deepEqual(
    watch.take(),
    ["unusable", "unusable, parent lost"],
    "nothing of the bad template is told, but that the old work is void",
  );
  assert.equal(watch.lines.filter((line) => line === "error node_unusable").length, 1);
  node.override = undefined;
  await watch.clock.advance(5_000);
  assert.deepEqual(watch.take(), ["usable", "new 102+1"]);
});

Deno.test("a template that no job can be made of makes its node unusable, and the next one takes over", async () => {
  const [first, second] = [new FakeNode("http://first"), new FakeNode("http://second")];
  first.transactions = second.transactions = 1;
  const clock = new FakeClock();
  const check = (template: BlockTemplate): void => {
    if (template.transactions.length === 13) {
      throw new TemplateError("pays-someone-else", "an output nobody asked for");
    }
  };
  const provider = new TemplateProvider({}, { nodes: [first, second], clock, check });
  const nodes: string[] = [];
  const reasons: string[] = [];
  const reading = (async () => {
    for await (const event of provider.events()) {
      if (event.kind === "template") nodes.push(event.nodeUrl);
      if (event.kind === "unusable") reasons.push(event.reason);
    }
  })();
  await clock.advance(100);
  first.refresh(13);
  await clock.advance(6_000);
  assert.deepEqual(nodes, ["http://first", "http://second"]);
  assert.equal(reasons.length, 1);
  assert.match(reasons[0] ?? "", /nobody asked for/);
  await provider.close();
  await reading;
});

Deno.test("work on a parent that is gone is called void although the node gives no other", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  await using watch = new Watch([node]);
  await watch.clock.advance(0);
  watch.take();
  const original = node.getBlockTemplate.bind(node);
  node.getBlockTemplate = () => Promise.reject(notSynced("Zebra has not synced"));
  node.drop();
  await watch.clock.advance(2_000);
  assert.deepEqual(watch.take(), [], "the tip is still the parent: the work is good");
  node.newTip(101, { transactions: 1 });
  await watch.clock.advance(5_000);
  assert.deepEqual(watch.take(), ["unusable, parent lost"]);
  node.getBlockTemplate = original;
  await watch.clock.advance(5_000);
  assert.deepEqual(watch.take(), ["usable", "new 102+1"]);
});

for (const longPolls of ["silent", "at_once"] as const) {
  Deno.test(`a node whose templates stay on the old tip is not confirmed by them, long polls ${longPolls}`, async () => {
    const [node, next] = [new FakeNode("http://stale"), new FakeNode("http://next")];
    node.transactions = next.transactions = 1;
    node.longPolls = longPolls;
    await using watch = new Watch([node, next], { failoverTimeoutMs: 5_000 });
    await watch.clock.advance(1_000);
    assert.deepEqual([...new Set(watch.take())].slice(0, 2), ["usable", "new 101+1"]);
    // Its tip moves, what makes its templates does not.
    node.override = templateJson(node.tip, node);
    node.newTip(101, { transactions: 1 });
    next.newTip(101, { transactions: 1 });
    await watch.clock.advance(12_000);
    assert.deepEqual(watch.take().filter((word) => word !== "same 101+1"), [
      "unusable, parent lost",
      "usable",
      "new 102+1",
    ]);
    assert.match(watch.provider.status()[0]?.reason ?? "", /tip has moved/);
    // It comes to itself.
    node.override = undefined;
    node.longPolls = "normal";
    await watch.clock.advance(6_000);
    assert.deepEqual(watch.provider.status().map(({ role }) => role), ["active", "standby"]);
    assert.deepEqual(watch.take(), ["same 102+1"]);
  });
}

Deno.test("a node that takes calls and answers none is silent after the failover timeout", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  await using watch = new Watch([node], { failoverTimeoutMs: 5_000 });
  await watch.clock.advance(0);
  node.trouble = "hang";
  await watch.clock.advance(5_000);
  assert.deepEqual(watch.take(), ["usable", "new 101+1", "unusable"]);
  assert.equal(watch.provider.status()[0]?.state, "silent");
  node.recover();
  await watch.clock.advance(5_000);
  assert.deepEqual(watch.take(), ["usable", "same 101+1"]);
});

Deno.test("the next node gives the work when the first is away, and hands it back", async () => {
  const [first, second] = [new FakeNode("http://first"), new FakeNode("http://second")];
  first.transactions = second.transactions = 1;
  await using watch = new Watch([first, second], { failoverTimeoutMs: 5_000 });
  await watch.clock.advance(2_000);
  assert.deepEqual(watch.take(), ["usable", "new 101+1"]);
  assert.equal(second.calls.length, 0, "a standby is not asked");
  first.trouble = refused;
  first.drop();
  await watch.clock.advance(4_400);
  assert.deepEqual(watch.take(), ["unusable"]);
  assert.equal(second.calls.length, 0);
  second.newTip(101, { transactions: 1 });
  await watch.clock.advance(1_000);
  assert.deepEqual(watch.words, ["usable", "new 102+1"]);
  const event = watch.events[1];
  assert.equal(event?.kind === "template" && event.nodeUrl, "http://second");
  watch.take();
  // Back, but a block behind: the work of the second goes on until the first has caught up.
  first.recover();
  await watch.clock.advance(6_000);
  assert.deepEqual(watch.take(), []);
  first.newTip(101, { transactions: 1 });
  await watch.clock.advance(1_000);
  assert.deepEqual(watch.words, ["same 102+1"]);
  const back = watch.events[0];
  assert.equal(back?.kind === "template" && back.nodeUrl, "http://first");
  const before = second.calls.length;
  await watch.clock.advance(60_000);
  assert.equal(second.calls.length, before, "the standby is let go");
  assert.equal(second.pending, 0);
  assert.deepEqual(watch.provider.status().map(({ role }) => role), ["active", "standby"]);
});

Deno.test("a node that is stuck on an old tip is left for one that has gone on, until it has caught up", async () => {
  const [stuck, good] = [new FakeNode("http://stuck"), new FakeNode("http://good")];
  stuck.transactions = good.transactions = 1;
  await using watch = new Watch([stuck, good]);
  for (let height = 101; height <= 160; height++) {
    good.newTip(height, { transactions: 1 });
    await watch.clock.advance(1_000);
  }
  assert.deepEqual(watch.take(), ["usable", "new 101+1"]);
  assert.equal(good.calls.length, 0, "a standby is not asked while the tip may be the newest");
  await watch.clock.advance(75_000);
  assert.deepEqual(watch.take(), ["new 161+1"]);
  assert.deepEqual(watch.lines.slice(-3), [
    "error node_left_behind",
    "info node_usable",
    "warn node_changed",
  ]);
  stuck.refresh(2);
  good.newTip(161, { transactions: 1 });
  await watch.clock.advance(60_000);
  assert.deepEqual(watch.take(), ["new 162+1"], "nothing more of the stuck one");
  stuck.newTip(161, { transactions: 1 });
  await watch.clock.advance(1_000);
  assert.deepEqual(watch.provider.status().map(({ role }) => role), ["active", "standby"]);
});

Deno.test("our own standstill does not make a node one that is stuck", async () => {
  const [first, second] = [new FakeNode("http://first"), new FakeNode("http://second")];
  await using watch = new Watch([first, second]);
  await watch.clock.advance(100);
  watch.clock.standStill(600_000);
  second.newTip(125);
  await watch.clock.advance(0);
  first.newTip(125);
  await watch.clock.advance(20_000);
  assert.deepEqual(watch.take(), ["usable", "new 101", "new 126"]);
  assert.deepEqual(watch.lines, ["info node_usable"]);
});

Deno.test("while the node that leads is away no work comes from the one that is stuck", async () => {
  const [stuck, good] = [new FakeNode("http://stuck"), new FakeNode("http://good")];
  stuck.transactions = good.transactions = 1;
  good.newTip(110, { transactions: 1 });
  await using watch = new Watch([stuck, good]);
  await watch.clock.advance(140_000);
  assert.deepEqual(watch.take(), ["usable", "new 101+1", "new 111+1"]);
  good.trouble = refused;
  good.drop();
  await watch.clock.advance(3_000);
  good.recover();
  await watch.clock.advance(6_000);
  assert.deepEqual(watch.take(), ["unusable", "usable", "same 111+1"]);
  good.trouble = refused;
  good.drop();
  await watch.clock.advance(30_000);
  assert.deepEqual(watch.take(), ["unusable"]);
  stuck.newTip(105, { transactions: 1 });
  await watch.clock.advance(1_000);
  assert.deepEqual(watch.take(), [], "it has not caught up yet");
  stuck.newTip(110, { transactions: 1 });
  await watch.clock.advance(1_000);
  assert.deepEqual(watch.take(), ["usable", "same 111+1"]);
  assert.deepEqual(watch.provider.status().map(({ role }) => role), ["active", "standby"]);
});

Deno.test("a node that is ahead on another chain, or just a little, or does not answer is not followed", async () => {
  const first = new FakeNode("http://first");
  const others = ["fork", "next", "away"].map((name) => new FakeNode(`http://${name}`));
  const [fork, next, away] = others as [FakeNode, FakeNode, FakeNode];
  fork.branch = 1;
  fork.newTip(900);
  next.newTip(102);
  away.trouble = refused;
  await using watch = new Watch([first, ...others]);
  await watch.clock.advance(600_000);
  assert.deepEqual(watch.take(), ["usable", "new 101"]);
  assert.deepEqual(watch.lines, ["info node_usable"]);
  assert(fork.count("best") > 40 && fork.count("template") === 0);
});

Deno.test("a node that leads is let go when the stuck one moves again before it gives work", async () => {
  const [stuck, leader] = [new FakeNode("http://stuck"), new FakeNode("http://leader")];
  stuck.transactions = 1;
  leader.newTip(110);
  leader.override = {};
  await using watch = new Watch([stuck, leader]);
  await watch.clock.advance(150_000);
  assert.deepEqual(watch.take(), ["usable", "new 101+1"], "it has no template");
  assert.deepEqual(watch.provider.status().map(({ role }) => role), ["active", "followed"]);
  stuck.newTip(110, { transactions: 1 });
  await watch.clock.advance(1_000);
  assert.deepEqual(watch.take(), ["new 111+1"]);
  assert.deepEqual(watch.provider.status().map(({ role }) => role), ["active", "standby"]);
});

Deno.test("closing while a standby is asked for its tip leaves nothing behind", async () => {
  const [first, second] = [new FakeNode("http://first"), new FakeNode("http://second")];
  second.trouble = "hang";
  await using watch = new Watch([first, second]);
  await watch.clock.advance(130_000);
  assert.equal(second.pending, 1);
});

Deno.test("nodes that fail one after the other are tried in order, and all reasons are told", async () => {
  const nodes = ["a", "b", "c"].map((name) => new FakeNode(`http://${name}`));
  for (const node of nodes) node.trouble = refused;
  await using watch = new Watch(nodes, { failoverTimeoutMs: 5_000 });
  await watch.clock.advance(30_000);
  const last = watch.events.at(-1);
  assert.ok(last?.kind === "unusable");
  for (const node of nodes) assert.ok(last.reason.includes(node.url), last.reason);
  const third = nodes[2] as FakeNode;
  third.recover();
  await watch.clock.advance(6_000);
  assert.deepEqual(watch.words.at(-2), "usable");
  const [second] = nodes.slice(1);
  second?.recover();
  await watch.clock.advance(6_000);
  assert.deepEqual(watch.provider.status().map(({ role }) => role), [
    "followed",
    "active",
    "standby",
  ]);
});

Deno.test("a reader that was busy gets the newest template alone", async () => {
  const node = new FakeNode();
  node.transactions = 1;
  const clock = new FakeClock();
  const provider = new TemplateProvider({}, { nodes: [node], clock });
  const events = provider.events()[Symbol.asyncIterator]();
  await clock.advance(0);
  assert.equal((await events.next()).value?.kind, "usable");
  await events.next();
  node.newTip(101, { transactions: 1 });
  await clock.advance(0);
  node.refresh(4);
  await clock.advance(0);
  node.refresh(6);
  await clock.advance(0);
  const { value } = await events.next();
  assert.ok(value?.kind === "template");
  assert.equal(value.template.transactions.length, 6);
  assert.equal(value.template.height, 102);
  await provider.close();
  assert.equal((await events.next()).done, true);
  assert.equal(clock.pending, 0);
});

Deno.test("closing during the first call, a held template or a backoff leaves nothing behind", async () => {
  for (const waitMs of [0, 5, 700]) {
    const node = new FakeNode();
    if (waitMs !== 5) node.trouble = waitMs === 0 ? "hang" : refused;
    await using watch = new Watch([node]);
    await watch.clock.advance(waitMs);
    await watch.provider.close();
    assert.deepEqual(watch.words.filter((word) => word.startsWith("new")), []);
  }
  const unread = new TemplateProvider({}, { nodes: [new FakeNode()], clock: new FakeClock() });
  await unread.close();
});

Deno.test("a template that fails a later check makes its node unusable and its work void", async () => {
  const node = new FakeNode();
  const clock = new FakeClock();
  let wrong = false;
  const check = (): void => {
    if (wrong) throw new TemplateError("does-not-add-up", "one zatoshi too many");
  };
  const provider = new TemplateProvider({}, { nodes: [node], clock, check });
  const words: string[] = [];
  const reading = (async () => {
    for await (const event of provider.events()) {
      words.push(event.kind === "unusable" ? `unusable ${event.parentLost}` : event.kind);
    }
  })();
  await clock.advance(100);
  assert.deepEqual(words.splice(0), ["usable", "template"]);
  provider.recheck();
  await clock.advance(1_000);
  assert.deepEqual(words.splice(0), [], "what passes again changes nothing");
  wrong = true;
  provider.recheck();
  await clock.advance(20_000);
  assert.deepEqual(words.splice(0), ["unusable true"], "the same template is not believed again");
  assert.equal(provider.status()[0]?.state, "bad_template");
  wrong = false;
  await clock.advance(5_000);
  assert.deepEqual(words.splice(0), ["usable", "template"]);
  await provider.close();
  await reading;
  assert.equal(clock.pending, 0);
});

Deno.test("a bad template on another parent makes the work in hand void at once", async () => {
  const node = new FakeNode();
  const clock = new FakeClock();
  const check = ({ height }: BlockTemplate): void => {
    if (height > 101) throw new TemplateError("does-not-add-up", "one zatoshi too many");
  };
  const provider = new TemplateProvider({}, { nodes: [node], clock, check });
  const words: string[] = [];
  const reading = (async () => {
    for await (const event of provider.events()) {
      words.push(event.kind === "unusable" ? `unusable ${event.parentLost}` : event.kind);
    }
  })();
  await clock.advance(100);
  assert.deepEqual(words.splice(0), ["usable", "template"]);
  node.newTip(101);
  // Before any plain poll could have asked for the tip.
  await clock.advance(1);
  assert.deepEqual(words.splice(0), ["unusable true"]);
  await provider.close();
  await reading;
});

Deno.test("a node of another network gives no work until it is one of ours, also when it came back", async () => {
  const node = new FakeNode();
  const clock = new FakeClock();
  let other = true;
  const asked: string[] = [];
  const admit = ({ url }: { url: string }): Promise<void> => {
    asked.push(url);
    const error = new OtherNetworkError("It is on Mainnet, but mining.network is test");
    return other ? Promise.reject(error) : Promise.resolve();
  };
  const lines: string[] = [];
  const logger = {
    log: (level: string, event: string) => {
      if (level !== "debug") lines.push(`${level} ${event}`);
    },
  };
  const provider = new TemplateProvider({}, { nodes: [node], clock, logger, admit });
  const words: string[] = [];
  const reading = (async () => {
    for await (const event of provider.events()) words.push(event.kind);
  })();
  await clock.advance(100);
  assert.deepEqual(words.splice(0), ["unusable"]);
  assert.deepEqual(lines.splice(0), ["error node_unusable"]);
  assert.equal(provider.status()[0]?.state, "other_network");
  assert.match(provider.status()[0]?.reason ?? "", /mining\.network is test/);

  other = false;
  await clock.advance(10_000);
  assert.deepEqual(words.splice(0), ["usable", "template"]);
  const times = asked.length;
  await clock.advance(60_000);
  assert.equal(asked.length, times, "a node that works is not asked again");

  node.trouble = refused;
  await clock.advance(10_000);
  other = true;
  node.trouble = undefined;
  await clock.advance(10_000);
  assert.equal(provider.status()[0]?.state, "other_network");
  assert.deepEqual(words.splice(0).filter((word) => word !== "unusable"), []);
  await provider.close();
  await reading;
  assert.equal(clock.pending, 0);
});
