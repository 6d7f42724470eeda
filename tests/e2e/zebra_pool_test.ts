/** The whole product against real nodes: the pool's own miner makes blocks that zebrad takes. */
import assert from "node:assert/strict";
import { displayHash } from "../../src/base/mod.ts";
import { LivePool } from "../support/live_pool.ts";
import { testWith } from "../support/requirements.ts";
import { startPowPair, untilTemplate } from "../support/zebra.ts";
import vectors from "../vectors/data/zcash/zebra_7.0.0.json" with { type: "json" };
import { isLongForm } from "./_long_form.ts";
import { assertPoolBlock, readRelayedBlock } from "./_pool_block.ts";

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
    for (const hash of hashes) assert.equal(recorded.get(displayHash(hash)), "accepted");
    assert.ok(shares >= hashes.length);
  },
);
