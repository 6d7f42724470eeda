/** Nothing that was accepted is lost while the node dies under a working pool. */
import assert from "node:assert/strict";
import { displayHash } from "../../src/base/mod.ts";
import { LivePool } from "../support/live_pool.ts";
import { testWith } from "../support/requirements.ts";
import { startPowPair, untilTemplate } from "../support/zebra.ts";
import vectors from "../vectors/data/zcash/zebra_7.0.0.json" with { type: "json" };
import { isLongForm } from "./_long_form.ts";
import { ON_CHAIN, readRelayedBlock } from "./_pool_block.ts";

const GENESIS = vectors.pow_testnet_nu7_blocks[0]?.hex ?? "";

/** A block that is not settled is tried again for a minute, then once a minute. */
const SETTLE_LIMIT_MS = 150_000;
const KILLS = isLongForm() ? 3 : 1;

testWith(
  "zebrad",
  "blocks found while the node is dead are on the chain when it is back, and every share is kept",
  async (path) => {
    await using pair = await startPowPair(path, GENESIS);
    await untilTemplate(pair.b);
    await using pool = await LivePool.start({ nodes: [pair.a.url], cookiePath: pair.a.cookiePath });
    let acknowledged: number;
    const accepted: Uint8Array[] = [];
    {
      await using miner = pool.connect({ solver: "cpu" });
      let height = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const before = await nextAccepted(pool, height + 1);
        accepted.push(before.hash);
        await pool.events.next(
          "work after that block",
          (event) => event.kind === "work" && event.height === before.height + 1,
        );
        await pair.a.signal("SIGKILL");
        pool.events.skip();
        const { value: found } = await pool.events.next(
          "block without a node",
          ({ kind }) => kind === "block_found",
          60_000,
        );
        assert.equal(found.kind === "block_found" && found.height, before.height + 1);
        await pair.a.restart();
        const after = await nextAccepted(pool, before.height + 1);
        assert.equal(after.height, before.height + 1, "that block, or its twin of the same nonce");
        accepted.push(after.hash);
        height = after.height;
      }
      acknowledged =
        miner.events.seen.filter(({ value }) => value.kind === "share_accepted").length;
    }
    for (const hash of accepted) await readRelayedBlock(pair.b, hash);
    const foundHashes = pool.events.seen.flatMap(({ value }) =>
      value.kind === "block_found" ? [displayHash(value.hash)] : []
    );
    const { blocks, shares } = await pool.stopAndRead();
    assert.deepEqual(
      blocks.map(({ hash }) => displayHash(hash)).sort(),
      foundHashes.sort(),
      "every block that was found is in the records",
    );
    const recorded = new Set(
      blocks.filter(({ state }) => ON_CHAIN.has(state)).map(({ hash }) => displayHash(hash)),
    );
    for (const hash of accepted) assert.ok(recorded.has(displayHash(hash)));
    assert.ok(shares >= acknowledged, `${shares} recorded, ${acknowledged} acknowledged`);
  },
);

/** The next block from this height on that is on the node's best chain. */
async function nextAccepted(
  pool: LivePool,
  height: number,
): Promise<{ hash: Uint8Array; height: number }> {
  for (;;) {
    const { outcome } = await pool.outcome(SETTLE_LIMIT_MS);
    assert.ok(outcome.state !== "rejected", outcome.reason);
    // Of several blocks of one height all but one are side chains; and a node that was killed has
    // forgotten its newest block, so that the block's twin is the first that comes there again.
    if (outcome.state === "accepted" && outcome.height >= height) return outcome;
  }
}
