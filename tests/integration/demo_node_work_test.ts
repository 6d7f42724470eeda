/**
 * The pool's reading of the protocol against the demo node's: they share no code, so that what both
 * agree on is not one mistake made once.
 */
import assert from "node:assert/strict";
import { concatBytes, hexToBytes } from "../../src/base/mod.ts";
import { type DemoNode, startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { type JobTemplate, makeJobTemplate, payAllTo } from "../../src/chain/jobs/mod.ts";
import { RpcNodeClient } from "../../src/chain/node/mod.ts";
import { parseBlockSubsidy, parseBlockTemplate, TemplateError } from "../../src/chain/zcash/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { SPOILER_NAMES } from "../../src/demo/demo_node/_spoilers.ts";

const POOL_SCRIPT = hexToBytes(`76a914${"42".repeat(20)}88ac`);
/** Nonce and a solution of zeros: enough for proposals. */
const UNSOLVED = concatBytes(new Uint8Array(32), hexToBytes("fd4005"), new Uint8Array(1344));

async function withDemoNode(
  test: (node: DemoNode, client: RpcNodeClient, clock: FakeClock) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock();
  const cookieDir = await Deno.makeTempDir({ prefix: "demo-node-" });
  const node = await startDemoNode({ seed: "work", cookieDir }, { clock });
  try {
    assert(node.cookiePath !== undefined);
    const credentials = { kind: "cookie", path: node.cookiePath } as const;
    await test(node, new RpcNodeClient({ url: node.url, credentials }), clock);
  } finally {
    await node.close();
    await Deno.remove(cookieDir, { recursive: true });
  }
}

async function subsidyOf(node: DemoNode, height: number): Promise<unknown> {
  const cookie = await Deno.readTextFile(node.cookiePath ?? "");
  const response = await fetch(node.url, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(cookie)}` },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "getblocksubsidy", params: [height] }),
  });
  return (await response.json()).result;
}

async function workOf(node: DemoNode, client: RpcNodeClient): Promise<JobTemplate> {
  const template = parseBlockTemplate(await client.getBlockTemplate());
  return makeJobTemplate(template, {
    subsidy: parseBlockSubsidy(await subsidyOf(node, template.height)),
    split: payAllTo(POOL_SCRIPT),
    tag: new TextEncoder().encode("/zcash-pool/"),
    processBytes: new Uint8Array(8).fill(7),
    serial: 1,
  });
}

Deno.test("the pool's blocks are right by the demo node's checks, with many a transaction set", () =>
  withDemoNode(async (node, client, clock) => {
    const sizes = new Set<number>();
    for (let round = 0; round < 30; round++) {
      await clock.advance(5_000);
      const work = await workOf(node, client);
      const block = work.encodeBlock(concatBytes(work.headerPrefix(work.time), UNSOLVED));
      assert.equal(await client.proposeBlock(block), null);
      // Without work behind it, it is no block.
      assert.equal(await client.submitBlock(block), "rejected");
      sizes.add(work.transactionCount);
      if (round % 4 === 3) node.control.generate(1);
    }
    assert(sizes.size >= 3, `transaction counts were ${[...sizes]}`);
  }));

/** What a pool cannot see: only the chain before a template decides its bits. */
const INVISIBLE = new Set(["bits_too_hard"]);

for (const name of SPOILER_NAMES.filter((spoiler) => !INVISIBLE.has(spoiler))) {
  Deno.test(`the pool makes no work of a template that is ${name}`, () =>
    withDemoNode(async (node, client) => {
      const right = await workOf(node, client);
      node.control.spoilTemplates(name);
      const wrong = await workOf(node, client).catch((error) => {
        assert(error instanceof TemplateError, String(error));
        return undefined;
      });
      if (wrong !== undefined) {
        const block = wrong.encodeBlock(concatBytes(wrong.headerPrefix(wrong.time), UNSOLVED));
        assert.fail(`made work of it; the node says ${await client.proposeBlock(block)}`);
      }
      node.control.spoilTemplates(undefined);
      assert.deepEqual((await workOf(node, client)).merkleRoot, right.merkleRoot);
    }));
}
