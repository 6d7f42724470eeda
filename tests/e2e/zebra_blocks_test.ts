/** The block submitter against a real zebrad. */
import assert from "node:assert/strict";
import { FileSpool } from "../../src/chain/blocks/mod.ts";
import type { FoundBlock } from "../../src/chain/blocks/mod.ts";
import { testWith } from "../support/requirements.ts";
import { regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";
import { blockFrom, blockOf } from "./_node_block.ts";
import { parseBlockTemplate } from "../../src/chain/zcash/mod.ts";
import { Submission } from "./_submission.ts";

testWith(
  "zebrad",
  "right blocks are accepted, wrong ones refused with the node's reason",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest({ fundingStreams: true }) });
    await untilTemplate(node);
    const client = node.client({ submitMs: 2_000 });
    await using submission = new Submission([client]);
    // Across the change from v5-style rules to NU7 at height 3.
    for (let height = 1; height <= 5; height++) {
      const found = await blockOf(client);
      assert.equal(found.height, height);
      assert.equal((await submission.submit(found)).state, "accepted");
    }
    const wrong = new Uint8Array(32).fill(0x33);
    const template = parseBlockTemplate(await client.getBlockTemplate());
    const faults: [string, FoundBlock, RegExp][] = [
      ["commitments", blockFrom(template, { blockCommitments: wrong }), /invalidblockcommitment/],
      ["merkle root", blockFrom(template, { merkleRoot: wrong }), /badmerkleroot/],
      ["bits", blockFrom(template, { bits: 0x1f0f0f0f }), /invaliddifficultythreshold/],
      ["not a block", { ...blockFrom(template, { nonce: 1 }), block: wrong }, /unexpectedeof/],
    ];
    for (const [name, found, reason] of faults) {
      const outcome = await submission.submit(found);
      assert.equal(outcome.state, "rejected", name);
      assert.match(outcome.reason ?? "", reason, name);
    }
    assert.deepEqual(submission.spool.unfinished(), []);
  },
);

testWith(
  "zebrad",
  "a block that comes second is a side chain, one that is known is accepted",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest() });
    await untilTemplate(node);
    const client = node.client();
    const late = await blockOf(client, { nonce: 9 });
    await node.generate(1);
    await using submission = new Submission([client]);
    assert.equal((await submission.submit(late)).state, "side_chain");
    const known = await blockOf(client);
    assert.equal(await client.submitBlock(known.block), null);
    assert.equal(await client.submitBlock(known.block), "duplicate");
    assert.equal((await submission.submit(known)).state, "accepted");
  },
);

testWith(
  "zebrad",
  "a block with an unknown parent is never answered, and is accepted once the parent is",
  async (path) => {
    await using ahead = await ZebraNode.start(path, { network: regtest() });
    await using behind = await ZebraNode.start(path, { network: regtest() });
    await Promise.all([untilTemplate(ahead), untilTemplate(behind)]);
    await ahead.generate(1);
    const parent = await ahead.client().getBlock(
      (await ahead.client().getBestBlockHeightAndHash())?.hash ?? new Uint8Array(32),
    );
    const child = await blockOf(ahead.client());
    const client = behind.client({ submitMs: 700 });
    await assert.rejects(client.submitBlock(child.block), /did not answer within 700 ms/);
    await using submission = new Submission([client]);
    const outcome = submission.submit(child);
    assert.equal(await client.submitBlock(parent ?? new Uint8Array(0)), null);
    assert.equal((await outcome).state, "accepted");
  },
);

testWith(
  "zebrad",
  "a block found while the node is down is submitted when it is back, also by the next run",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest(), persistent: true });
    await untilTemplate(node);
    const client = node.client();
    const first = await blockOf(client);
    await node.signal("SIGKILL");
    const file = `${node.directory}/blocks.spool`;
    {
      const spool = FileSpool.open({ path: file });
      await using submission = new Submission([client], spool);
      assert.equal((await submission.submit(first)).state, "unknown");
      await submission.submitter.close();
      spool.close();
    }
    await node.restart();
    await untilTemplate(node);
    const spool = FileSpool.open({ path: file });
    {
      await using submission = new Submission([client], spool);
      await submission.submitter.recover();
      assert.equal((await submission.outcome(first)).state, "accepted");
      assert.deepEqual(spool.unfinished(), []);
    }
    spool.close();
  },
);
