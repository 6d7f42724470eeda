/** The whole product against real nodes: the pool's own miner makes blocks that zebrad takes. */
import assert from "node:assert/strict";
import { displayHash } from "../../src/base/mod.ts";
import { LivePool } from "../support/live_pool.ts";
import { NodeProxy, type Tampering } from "../support/node_proxy.ts";
import { testWith } from "../support/requirements.ts";
import { startPowPair, untilTemplate } from "../support/zebra.ts";
import vectors from "../vectors/data/zcash/zebra_7.0.0.json" with { type: "json" };
import { isLongForm } from "./_long_form.ts";
import { assertPoolBlock, ON_CHAIN, readRelayedBlock } from "./_pool_block.ts";
import { flippedBit, wrongHistory, wrongValue } from "./_tampering.ts";

const GENESIS = vectors.pow_testnet_nu7_blocks[0]?.hex ?? "";
const BLOCKS_IN_A_ROW = isLongForm() ? 10 : 3;

testWith(
  "zebrad",
  "blocks that the test miner finds over Noise are on the best chain of another node",
  async (path) => {
    await using pair = await startPowPair(path, GENESIS);
    // A node that is not synced yet looks for relayed blocks only in its next round, 67 s later.
    await untilTemplate(pair.b);
    await using pool = await LivePool.start({
      nodes: [pair.a.url],
      cookiePath: pair.a.cookiePath,
    });
    const hashes: Uint8Array[] = [];
    {
      await using miner = pool.connect({ solver: "cpu" });
      const { value } = await miner.events.next("connection", ({ kind }) => kind === "connected");
      assert.equal(value.kind === "connected" && value.encrypted, true);
      while (hashes.length < BLOCKS_IN_A_ROW) {
        const { outcome } = await pool.outcome(90_000);
        // One nonce may have several solutions, and every second one is a block: all of a height
        // but one are side chains, and rightly so. All are told of before the next height's.
        if (outcome.state === "side_chain") continue;
        assert.deepEqual([outcome.state, outcome.reason], ["accepted", "on the best chain"]);
        assert.equal(outcome.height, hashes.length + 1, "each block builds on the one before");
        hashes.push(outcome.hash);
      }
    }
    for (const hash of hashes) {
      await assertPoolBlock(pair.b, await readRelayedBlock(pair.b, hash));
    }
    const { blocks, shares } = await pool.stopAndRead();
    const recorded = new Map(blocks.map(({ hash, state }) => [displayHash(hash), state]));
    for (const hash of hashes) assert.ok(ON_CHAIN.has(recorded.get(displayHash(hash)) ?? ""));
    assert.ok(shares >= hashes.length);
  },
);

/** Where they stand in a block's header. */
const NONCE_OFFSET = 108;
const SOLUTION_OFFSET = 143;

const NO_PROOF = /^rejected: all but the proof of work is valid/;

/** Each block is really solved; what is wrong with it is what the row says and nothing else. */
const WRONG_BLOCKS: readonly (readonly [string, Tampering, RegExp])[] = [
  ["one bit of the solution", flippedBit(SOLUTION_OFFSET + 700), NO_PROOF],
  ["one bit of the nonce", flippedBit(NONCE_OFFSET + 20), NO_PROOF],
  ["the commitment", wrongHistory(), /^rejected: .*invalidblockcommitment/],
  [
    "one zatoshi too much",
    wrongValue(1n, { subsidyToo: true }),
    /^rejected: .*(invalidminerfees|subsidy)/,
  ],
  [
    "one zatoshi too little",
    wrongValue(-1n, { subsidyToo: true }),
    /^rejected: .*(invalidminerfees|subsidy)/,
  ],
];

testWith(
  "zebrad",
  "a block with one thing wrong is refused, and the pool's record has the node's reason",
  async (path) => {
    await using pair = await startPowPair(path, GENESIS);
    for (const [what, tampering, reason] of WRONG_BLOCKS) {
      await using proxy = await NodeProxy.start(pair.a.url);
      proxy.tampering = tampering;
      await using pool = await LivePool.start({
        nodes: [proxy.url],
        cookiePath: pair.a.cookiePath,
      });
      let hash: Uint8Array;
      {
        await using _miner = pool.connect({ solver: "cpu" });
        const { outcome } = await pool.outcome(90_000);
        assert.equal(outcome.state, "rejected", what);
        hash = outcome.hash;
      }
      const { blocks } = await pool.stopAndRead();
      const record = blocks.find((block) => displayHash(block.hash) === displayHash(hash));
      assert.equal(record?.state, "rejected", what);
      assert.match(record?.reason ?? "", reason, what);
    }
    assert.equal((await pair.a.client().getBlockchainInfo()).blocks, 0, "none was taken");
  },
);
