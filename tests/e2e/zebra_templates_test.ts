/** The node client and the template provider against a real zebrad. */
import assert from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import { RpcNodeClient } from "../../src/chain/node/mod.ts";
import { TemplateProvider } from "../../src/chain/template_provider/mod.ts";
import type { NodeClient } from "../../src/chain/node/mod.ts";
import type { TemplateProviderOptions } from "../../src/chain/template_provider/mod.ts";
import { testWith } from "../support/requirements.ts";
import { powTestnet, regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";
import blocks from "../vectors/data/zcash/zebra_7.0.0.json" with { type: "json" };
import { measureNewTips, summary } from "./_new_tip.ts";
import { ProviderEvents } from "../support/provider_events.ts";

const GENESIS = blocks.pow_testnet_nu7_blocks[0]?.hex ?? "";
/** Quicker than the product's, so that the tests need not wait. */
const QUICK: TemplateProviderOptions = { pollIntervalMs: 100, failoverTimeoutMs: 1_500 };

async function following(
  nodes: readonly NodeClient[],
  action: (events: ProviderEvents, provider: TemplateProvider) => Promise<void>,
): Promise<void> {
  const provider = new TemplateProvider(QUICK, { nodes, clock: systemClock });
  const events = new ProviderEvents(provider);
  try {
    await action(events, provider);
  } finally {
    await provider.close();
    await events.ended;
  }
}

testWith("zebrad", "the client reads what a real node answers", async (path) => {
  await using node = await ZebraNode.start(path, { network: regtest() });
  await untilTemplate(node);
  const hashes = await node.generate(2);
  const client = node.client();
  const best = await client.getBestBlockHeightAndHash();
  assert.equal(best?.height, 2);
  assert.deepEqual(await client.getBlockHash(2), best?.hash);
  assert.equal(await client.getBlockHash(3), undefined);
  assert.equal((await client.getBlockHeader(best?.hash ?? new Uint8Array(32)))?.confirmations, 1);
  assert.equal(await client.getBlockHeader(new Uint8Array(32).fill(7)), undefined);
  assert.equal(await client.getBlock(new Uint8Array(32).fill(7)), undefined);
  assert.ok(((await client.getBlock(best?.hash ?? new Uint8Array(32)))?.length ?? 0) > 1487);
  const info = await client.getBlockchainInfo();
  assert.deepEqual([info.chain, info.blocks, info.bestBlockHash], ["test", 2, best?.hash]);
  assert.equal(info.consensus.nextBlock, 0x77190ad9, "NU7 from height 3");
  assert.equal(await client.getDeprecationInfo(), undefined);
  assert.match((await client.getNetworkInfo()).subversion, /^\/Zebra:/);
  assert.equal(hashes.length, 2);
});

testWith("zebrad", "long polls that are given up free their connections", async (path) => {
  await using node = await ZebraNode.start(path, { network: regtest() });
  await untilTemplate(node);
  const client = node.client();
  const { longpollid } = await client.getBlockTemplate() as { longpollid: string };
  // Three times what the node serves at once.
  for (let round = 0; round < 10; round++) {
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Array.from(
      { length: 30 },
      () => client.getBlockTemplate({ longPollId: longpollid, signal }).catch(() => {}),
    );
    await client.getBestBlockHeightAndHash();
    controller.abort();
    await Promise.all(calls);
  }
  await client.getBlockchainInfo();
});

testWith(
  "zebrad",
  "new tips come by long poll in milliseconds, by poll within its interval",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest() });
    const longPoll = await measureNewTips(node, "long poll", 3);
    const poll = await measureNewTips(node, "poll", 3);
    console.log(`${summary(longPoll)}; ${summary(poll)}`);
    // The bounds leave room for a busy machine; the poll's is its interval and two calls.
    assert.ok((longPoll.times[1] ?? Infinity) < 200, summary(longPoll));
    assert.ok((poll.times.at(-1) ?? Infinity) < 500 + 500, summary(poll));
  },
);

testWith(
  "zebrad",
  "reorganizations of depth 1, 2 and 10 are new parents, there and back",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest() });
    await untilTemplate(node);
    const main = await node.generate(12);
    await following([node.client()], async (events) => {
      await events.newParent(13);
      // zebrad remembers one invalidated block a height, and keeps the first of two equal branches:
      // so a replaced tip stays replaced, and only deeper branches are taken back.
      for (const depth of [1, 2, 10]) {
        const from = main[12 - depth];
        await node.rpc("invalidateblock", from);
        await events.newParent(13 - depth);
        await node.generate(1);
        await events.newParent(14 - depth);
        if (depth === 1) continue;
        await node.rpc("reconsiderblock", from);
        await events.newParent(13);
      }
    });
  },
);

testWith(
  "zebrad",
  "a killed node is back with another cookie, and the pool goes on by itself",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest(), persistent: true });
    await untilTemplate(node);
    await node.generate(3);
    await following([node.client()], async (events, provider) => {
      await events.newParent(4);
      const cookie = await Deno.readTextFile(node.cookiePath);
      await node.signal("SIGKILL");
      assert.match(await events.unusable(), /Start the node/);
      assert.equal(provider.status()[0]?.state, "unreachable");
      await node.restart();
      assert.notEqual(await Deno.readTextFile(node.cookiePath), cookie);
      await events.next("usable", (event) => event.kind === "usable");
      await untilTemplate(node);
      const { blocks: height } = await node.client().getBlockchainInfo();
      await node.generate(1);
      await events.newParent(height + 2);
    });
  },
);

testWith(
  "zebrad",
  "a stopped node is silent, the next one takes over, and the first comes back",
  async (path) => {
    await using first = await ZebraNode.start(path, { network: regtest() });
    await using second = await ZebraNode.start(path, { network: regtest() });
    await Promise.all([untilTemplate(first), untilTemplate(second)]);
    await following([first.client(), second.client()], async (events, provider) => {
      await events.newParent(1);
      await first.signal("SIGSTOP");
      assert.match(await events.unusable(), /has not answered/);
      const { event } = await events.next("other node", (item) => item.kind === "template");
      assert.equal(event.kind === "template" && event.nodeUrl, second.url);
      await first.signal("SIGCONT");
      await first.generate(1);
      await events.newParent(2);
      assert.deepEqual(provider.status().map(({ role }) => role), ["active", "standby"]);
    });
  },
);

testWith(
  "zebrad",
  "each real trouble is told in one line with what to do, and passes by itself",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest(), minerAddress: undefined });
    await following([node.client()], async (events) => {
      assert.match(await events.unusable(), /Set mining\.miner_address/);
      // A well-formed address of Mainnet does not stop the node, it counts as missing.
      await node.signal("SIGTERM");
      assert.match(await events.unusable(), /Start the node/);
      await node.restart({ minerAddress: "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY" });
      assert.match(await events.unusable(), /Set mining\.miner_address/);
      await node.signal("SIGTERM");
      await events.unusable();
      await node.restart({ minerAddress: "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v" });
      await events.newParent(1);
    });
    const wrong = new RpcNodeClient({
      url: node.url,
      credentials: { kind: "password", user: "__cookie__", password: "wrong" },
    });
    await following([wrong], async (events) => {
      assert.match(await events.unusable(), /refuses the credentials/);
    });
    const nobody = new RpcNodeClient({ url: node.url, credentials: { kind: "none" } });
    await following([nobody], async (events) => {
      assert.match(await events.unusable(), /asks for credentials and none are set/);
    });
  },
);

testWith(
  "zebrad",
  "a node without a block, then without peers, is empty, then not synced",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: powTestnet() });
    await following([node.client()], async (events, provider) => {
      await events.unusable();
      assert.equal(provider.status()[0]?.state, "empty");
      assert.equal(await node.client().submitBlock(Uint8Array.fromHex(GENESIS)), null);
      await events.unusable();
      assert.equal(provider.status()[0]?.state, "not_synced");
    });
  },
);
