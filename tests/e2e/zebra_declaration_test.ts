/** Jobs that a miner declares, against a real zebrad: from the token to the block on the chain. */
import assert from "node:assert/strict";
import { p2pkhScript } from "../../src/chain/zcash/mod.ts";
import {
  AllocateMiningJobTokenSuccess,
  DeclarationTemplate,
  SetCustomMiningJobSuccess,
} from "../../src/wire/protocol/mod.ts";
import { LivePool, POOL_ADDRESS } from "../support/live_pool.ts";
import { testWith } from "../support/requirements.ts";
import { regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";
import { connectDeclarer, mineDeclared } from "./_declaring.ts";
import { isLongForm } from "./_long_form.ts";
import { readBlock } from "./_pool_block.ts";

const OWN_SCRIPT = p2pkhScript(new Uint8Array(20).fill(0x77));
const OWN_ZAT = 1_000_000n;

testWith(
  "zebrad",
  "a declared coinbase is accepted, mined and paid on a real chain",
  async (path) => {
    await using node = await ZebraNode.start(path, { network: regtest({ fundingStreams: true }) });
    await untilTemplate(node);
    await node.generate(4);
    await using pool = await LivePool.start({
      nodes: [node.url],
      cookiePath: node.cookiePath,
      jd: "share_difficulty = 0.000122",
    });
    // Until there is work, tokens are refused.
    await pool.events.next("work", ({ kind }) => kind === "work");
    const declarer = await connectDeclarer(pool);
    await declarer.allocate();
    await declarer.hear(AllocateMiningJobTokenSuccess);
    await declarer.hear(DeclarationTemplate);
    const coinbase = declarer.coinbase({ added: [{ valueZat: OWN_ZAT, script: OWN_SCRIPT }] });
    await declarer.declare(coinbase);
    const { jobId } = await declarer.hear(SetCustomMiningJobSuccess);
    // A block takes nine nonces on the mean; full templates have the same way to it.
    if (!isLongForm()) return;

    const header = declarer.declaration(coinbase);
    const hash = await mineDeclared(pool, declarer, { jobId, header });
    const { outcome } = await pool.outcome(60_000);
    assert.equal(outcome.state, "accepted", outcome.reason);
    const block = await readBlock(node, hash);
    const outputs = block?.tx[0]?.vout ?? [];
    assert.equal(outputs[0]?.scriptPubKey.addresses?.[0], POOL_ADDRESS);
    assert.equal(outputs.at(-1)?.valueZat, Number(OWN_ZAT));
    const { blocks } = await pool.stopAndRead();
    assert.equal(blocks[0]?.valueZat, BigInt(outputs[0]?.valueZat ?? 0));
  },
);
