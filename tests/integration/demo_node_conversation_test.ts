/** The node client, the template provider and the block submitter against the demo node. */
import assert from "node:assert/strict";
import { concatBytes, equalBytes, hashFromDisplay, systemClock } from "../../src/base/mod.ts";
import { BlockSubmitter, MemorySpool } from "../../src/chain/blocks/mod.ts";
import type { BlockOutcome } from "../../src/chain/blocks/mod.ts";
import { type DemoNode, startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { RpcNodeClient } from "../../src/chain/node/mod.ts";
import { TemplateProvider } from "../../src/chain/template_provider/mod.ts";
import { sha256d } from "../../src/chain/zcash/mod.ts";
import { encodeBlockHeader } from "../support/block_headers.ts";
import { settle } from "../support/fake_clock.ts";
import { ProviderEvents } from "../support/provider_events.ts";

interface Conversation extends AsyncDisposable {
  readonly node: DemoNode;
  readonly client: RpcNodeClient;
  readonly events: ProviderEvents;
  readonly provider: TemplateProvider;
}

async function converse(): Promise<Conversation> {
  const cookieDir = await Deno.makeTempDir({ prefix: "demo-node-" });
  // No transactions of its own accord: what a test sees is what it has asked for.
  const node = await startDemoNode({ seed: "talk", cookieDir, transactionIntervalMs: 0 });
  const credentials = { kind: "cookie", path: node.cookiePath ?? "" } as const;
  const client = new RpcNodeClient({ url: node.url, credentials, limits: { questionMs: 500 } });
  const options = { pollIntervalMs: 50, failoverTimeoutMs: 800, coalesceMs: 5 };
  const provider = new TemplateProvider(options, { nodes: [client], clock: systemClock });
  const events = new ProviderEvents(provider);
  return {
    node,
    client,
    events,
    provider,
    async [Symbol.asyncDispose]() {
      await provider.close();
      await events.ended;
      // The node sees a closed connection some turns of the event loop later.
      for (let turn = 0; node.control.connections > 0; turn++) {
        assert.ok(turn < 1_000, "a connection outlived the provider");
        await settle();
      }
      assert.equal(node.control.longPolls, 0, "a long poll outlived the provider");
      await node.close();
      await Deno.remove(cookieDir, { recursive: true });
    },
  };
}

Deno.test("foreign blocks and reorganizations of the demo node are told as new parents", async () => {
  await using talk = await converse();
  const { control } = talk.node;
  let height = control.tip.height;
  await talk.events.newParent(height + 1);
  for (let block = 0; block < 5; block++) {
    control.generate();
    await talk.events.newParent(++height + 1);
  }
  control.reorg(2);
  const told = await talk.events.next("reorganization", (item) => item.kind === "template");
  const { event, newParent } = told;
  assert.ok(event.kind === "template" && newParent);
  const tip = hashFromDisplay(control.tip.hash);
  assert.ok(equalBytes(event.template.previousBlockHash, tip));
});

Deno.test("dropped long polls, closed connections and a new cookie stop nothing", async () => {
  await using talk = await converse();
  const { control } = talk.node;
  let height = control.tip.height;
  await talk.events.newParent(height + 1);
  const troubles = [
    () => control.dropLongPolls(),
    () => control.closeConnections(),
    () => control.renewCookie(),
  ];
  for (const trouble of troubles) {
    await trouble();
    control.generate();
    await talk.events.newParent(++height + 1);
  }
});

Deno.test("a demo node that hangs, refuses or closes is left and found again", async () => {
  await using talk = await converse();
  const { control } = talk.node;
  await talk.events.newParent(control.tip.height + 1);
  const faults = [
    [{ kind: "hang" }, "silent"],
    [{ kind: "error", code: -10, message: "Zebra has not synced to the chain tip" }, "not_synced"],
    [{ kind: "close" }, "unauthorized"],
  ] as const;
  for (const [fault, state] of faults) {
    control.setFault(fault);
    control.dropLongPolls();
    await talk.events.unusable();
    assert.equal(talk.provider.status()[0]?.state, state);
    control.clearFaults();
    // Calls that hang already are ended by their own limit.
    await talk.events.next("usable", (event) => event.kind === "usable");
    await talk.events.next("template", (event) => event.kind === "template");
  }
});

Deno.test("a block without proof of work is refused by the demo node and the reason says so", async () => {
  await using talk = await converse();
  const { event } = await talk.events.next("template", (item) => item.kind === "template");
  assert.ok(event.kind === "template");
  const { template } = event;
  const outcomes: BlockOutcome[] = [];
  const final = Promise.withResolvers<void>();
  const modules = { nodes: [talk.client], spool: new MemorySpool(), clock: systemClock };
  const submitter = new BlockSubmitter({ retryDelaysMs: [10] }, modules);
  submitter.outcomes((outcome) => {
    outcomes.push(outcome);
    if (outcome.state !== "submitted") final.resolve();
  });
  const header = encodeBlockHeader({
    ...template,
    time: template.curTime,
    nonce: new Uint8Array(32),
    solution: new Uint8Array(1344),
  });
  const count = Uint8Array.of(1 + template.transactions.length);
  const bodies = template.transactions.map(({ data }) => data);
  submitter.submit({
    hash: sha256d(header),
    height: template.height,
    previousBlockHash: template.previousBlockHash,
    block: concatBytes(header, count, template.coinbase, ...bodies),
    minerId: "somebody",
    foundAt: Date.now(),
  });
  await final.promise;
  assert.equal(outcomes.at(-1)?.state, "rejected");
  assert.match(outcomes.at(-1)?.reason ?? "", /proof of work/);
  await submitter.close();
});
