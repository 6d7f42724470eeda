/** A coinbase that this program cannot read makes a block all the same. */
import assert from "node:assert/strict";
import { concatBytes, displayHash } from "../../src/base/mod.ts";
import { makeJobTemplate, payAllTo } from "../../src/chain/jobs/mod.ts";
import { p2shScript, parseBlockTemplate, sha256d } from "../../src/chain/zcash/mod.ts";
import { testWith } from "../support/requirements.ts";
import { regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";

testWith("zebrad", "the node takes the block that is mined as it made it", async (path) => {
  await using node = await ZebraNode.start(path, { network: regtest() });
  await untilTemplate(node);
  await node.generate(5);
  const client = node.client();
  const template = parseBlockTemplate(await client.getBlockTemplate());
  // As if the rules of the digest were newer than this program.
  const late = { ...template, coinbaseAuthDigest: new Uint8Array(32).fill(1) };
  const job = makeJobTemplate(late, {
    split: payAllTo(p2shScript(new Uint8Array(20))),
    processBytes: new Uint8Array(8),
    tag: new TextEncoder().encode("tag"),
    unknownCoinbase: "as-the-node-made-it",
    serial: 0,
  });
  assert.equal(job.payee, "unread");
  const header = concatBytes(
    job.headerPrefix(job.time),
    new Uint8Array(32),
    Uint8Array.of(0xfd, 0x40, 0x05),
    new Uint8Array(1344),
  );
  assert.equal(await client.submitBlock(job.encodeBlock(header)), null);
  const best = await client.getBestBlockHeightAndHash();
  assert.equal(displayHash(best?.hash ?? new Uint8Array(32)), displayHash(sha256d(header)));
});
