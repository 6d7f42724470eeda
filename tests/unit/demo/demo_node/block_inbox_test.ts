import assert from "node:assert/strict";
import { hexToBytes } from "../../../../src/base/mod.ts";
import { makeTransaction } from "../../../../src/demo/demo_node/_transaction.ts";
import { settle } from "../../../support/fake_clock.ts";
import { blockOf, currentTemplate, demoCore } from "./_demo_core.ts";
import { recordedBlocks, recordedNode, unknownHash } from "./_recorded.ts";

const NAME = "pow_testnet_nu7";
const never = new AbortController().signal;

function blockAt(height: number): Uint8Array {
  return hexToBytes(recordedBlocks(NAME)[height]?.hex ?? "");
}

/** Whether a promise has been settled by now. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  promise.then(() => pending = false);
  await settle();
  return pending;
}

Deno.test("a block with real proof of work is accepted once, then it is a duplicate", async () => {
  const { core } = recordedNode(NAME);
  assert.equal(await core.inbox.submit(blockAt(1), never), null);
  assert.equal(core.chain.tip.height, 1);
  assert.equal(await core.inbox.submit(blockAt(1), never), "duplicate");
  core.close();
});

Deno.test("a right block without proof of work is rejected, though proposals do not mind", async () => {
  const { core, judged } = demoCore();
  const bytes = blockOf(currentTemplate(core));
  assert.equal(await core.inbox.propose(bytes, never), null);
  assert.equal(await core.inbox.submit(bytes, never), "rejected");
  assert.match(judged.at(-1)?.reason ?? "", /DifficultyFilter|EquihashInvalid/);
  core.close();
});

Deno.test("bytes that are no block are rejected", async () => {
  const { core } = demoCore();
  for (const bytes of [new Uint8Array(0), new Uint8Array(1), new Uint8Array(2_000)]) {
    assert.equal(await core.inbox.submit(bytes, never), "rejected");
  }
  core.close();
});

Deno.test("a block without its parent waits, is a duplicate meanwhile, and follows its parent", async () => {
  const { core } = recordedNode(NAME);
  const third = core.inbox.submit(blockAt(3), never);
  const second = core.inbox.submit(blockAt(2), never);
  assert(await isPending(third));
  assert.equal(core.inbox.waiting, 2);
  assert.equal(await core.inbox.submit(blockAt(2), never), "duplicate");
  assert.equal(await core.inbox.submit(blockAt(1), never), null);
  assert.deepEqual(await Promise.all([second, third]), [null, null]);
  assert.equal(core.chain.tip.height, 3);
  assert.equal(core.inbox.waiting, 0);
  core.close();
});

Deno.test("a caller that leaves is let go, but its block goes on waiting", async () => {
  const { core } = recordedNode(NAME);
  const caller = new AbortController();
  const second = core.inbox.submit(blockAt(2), caller.signal);
  assert(await isPending(second));
  caller.abort();
  await second;
  assert.equal(core.inbox.waiting, 1);
  assert.equal(await core.inbox.submit(blockAt(1), never), null);
  await settle();
  assert.equal(core.chain.tip.height, 2);
  core.close();
});

Deno.test("an unknown output is waited for six minutes before it is refused", async () => {
  const { core, clock } = demoCore();
  const bytes = blockOf(currentTemplate(core), {
    transactions: (list) => {
      const last = list.at(-1);
      assert(last !== undefined);
      const inputs = last.inputs.map((input) => ({ ...input, previousTxid: unknownHash() }));
      return [...list.slice(0, -1), makeTransaction({ ...last, inputs })];
    },
  });
  const proposal = core.inbox.propose(bytes, never);
  await clock.advance(359_999);
  assert(await isPending(proposal));
  await clock.advance(1);
  assert.equal(await proposal, "block-source-transaction-transparentinputnotfound");
  core.close();
});
