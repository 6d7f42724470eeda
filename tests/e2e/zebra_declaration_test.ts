/** Jobs that a miner declares, against a real zebrad: from the token to the block on the chain. */
import assert from "node:assert/strict";
import { systemClock, systemRandom } from "../../src/base/mod.ts";
import { createSolver } from "../../src/mining/equihash/mod.ts";
import { encodeHeaderPrefix, p2pkhScript } from "../../src/chain/zcash/mod.ts";
import { parsePoolUrl } from "../../src/wire/noise/mod.ts";
import {
  AllocateMiningJobTokenSuccess,
  DeclarationTemplate,
  RequestExtensionsSuccess,
  SetCustomMiningJobSuccess,
  SubmitSharesJd,
  SubmitSharesJdResponse,
} from "../../src/wire/protocol/mod.ts";
import { connect } from "../../src/wire/transport/mod.ts";
import { Declarer } from "../support/declarer.ts";
import { LivePool, POOL_ADDRESS } from "../support/live_pool.ts";
import { numberedBytes } from "../support/pool_harness.ts";
import { testWith } from "../support/requirements.ts";
import { regtest, untilTemplate, ZebraNode } from "../support/zebra.ts";
import { readBlock } from "./_pool_block.ts";

const OWN_SCRIPT = p2pkhScript(new Uint8Array(20).fill(0x77));
const OWN_ZAT = 1_000_000n;

/** One solution in some seventeen is a block on Regtest, and a nonce has two. */
const NONCES_MAX = 200;

async function connectDeclarer(pool: LivePool): Promise<Declarer> {
  assert.ok(pool.running.declarationUrl !== undefined);
  const { authorityKey, ...endpoint } = parsePoolUrl(pool.running.declarationUrl);
  assert.ok(authorityKey !== undefined);
  const connection = await connect({ ...endpoint, authorityKey }, {
    clock: systemClock,
    random: systemRandom,
  });
  const declarer = new Declarer(connection, () => Promise.resolve());
  await declarer.setup();
  await declarer.hear(RequestExtensionsSuccess);
  return declarer;
}

/** Searches the declared job until the pool has found a block of it. */
async function mineBlock(pool: LivePool, declarer: Declarer): Promise<Uint8Array> {
  const { jobId } = declarer.last(SetCustomMiningJobSuccess);
  const coinbase = declarer.coinbase({ added: [{ valueZat: OWN_ZAT, script: OWN_SCRIPT }] });
  const { version, merkleRoot, blockCommitments, prevHash, bits, time } = declarer.declaration(
    coinbase,
  );
  const solver = createSolver();
  try {
    const fields = { version, previousBlockHash: prevHash, merkleRoot, blockCommitments };
    const headerPrefix = encodeHeaderPrefix({ ...fields, time, bits });
    for (let tried = 1; tried <= NONCES_MAX; tried++) {
      const nonce = numberedBytes(32, tried);
      const solutions = await solver.solve({ headerPrefix, nonce });
      if (solutions.length === 0) continue;
      const answers = declarer.heard(SubmitSharesJdResponse).length;
      await declarer.send(SubmitSharesJd.encode({
        channelId: 77,
        requestId: tried,
        jobId,
        shares: solutions.map((solution) => ({ version, time, nonce, solution })),
      }));
      await declarer.hear(SubmitSharesJdResponse, answers + 1);
      const found = pool.events.seen.find(({ value }) => value.kind === "block_found");
      if (found !== undefined && found.value.kind === "block_found") return found.value.hash;
    }
  } finally {
    solver.close();
  }
  throw new Error(`no block in ${NONCES_MAX} nonces`);
}

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
    await declarer.declare(
      declarer.coinbase({ added: [{ valueZat: OWN_ZAT, script: OWN_SCRIPT }] }),
    );
    await declarer.hear(SetCustomMiningJobSuccess);

    const hash = await mineBlock(pool, declarer);
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
