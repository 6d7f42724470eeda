/**
 * The whole product against two real nodes with proof of work: its own miner makes blocks that
 * zebrad takes, wrong blocks are refused for what is wrong with them, and a node that dies costs
 * nothing. One pair of nodes serves all, because it takes 13 seconds until both have synced.
 */
import assert from "node:assert/strict";
import { displayHash } from "../../src/base/mod.ts";
import { LivePool } from "../support/live_pool.ts";
import { NodeProxy, type Tampering } from "../support/node_proxy.ts";
import { RawMiner } from "../support/raw_miner.ts";
import { testWith } from "../support/requirements.ts";
import { startPowPair, untilTemplate, type ZebraNode } from "../support/zebra.ts";
import vectors from "../vectors/data/zcash/zebra_7.0.0.json" with { type: "json" };
import { isLongForm } from "./_long_form.ts";
import { blockOf } from "./_node_block.ts";
import { healthReasons, jobOnTip, nextTrouble } from "./_node_trouble.ts";
import { assertPoolBlock, ON_CHAIN, readRelayedBlock } from "./_pool_block.ts";
import { Submission } from "./_submission.ts";
import { flippedBit, wrongHistory, wrongValue } from "./_tampering.ts";

const MINER = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";
const GENESIS = vectors.pow_testnet_nu7_blocks[0]?.hex ?? "";

interface Pair {
  readonly a: ZebraNode;
  readonly b: ZebraNode;
}

function startPool({ a }: Pair): Promise<LivePool> {
  return LivePool.start({ nodes: [a.url], cookiePath: a.cookiePath });
}

/** Starts the nodes with a pool in front of one of them from the beginning. */
async function startWatched(path: string): ReturnType<typeof startPowPair> {
  await using stack = new AsyncDisposableStack();
  let watching: { pool: LivePool; miner: RawMiner } | undefined;
  const pair = await startPowPair(path, GENESIS, {
    async whileEmpty({ url, cookiePath }) {
      const pool = stack.use(await LivePool.start({ nodes: [url], cookiePath }));
      const miner = stack.use(await RawMiner.open(pool.running.minerUrl, `${MINER}.early`));
      watching = { pool, miner };
      assert.match(await nextTrouble(pool), /no block yet/);
      assert.match((await healthReasons(pool)).join(), /no block yet/);
    },
    async whileAlone() {
      assert.ok(watching !== undefined);
      const { pool, miner } = watching;
      assert.match(await nextTrouble(pool), /not synced yet/);
      assert.match((await healthReasons(pool)).join(), /not synced yet/);
      assert.deepEqual(pool.events.seen, [], "nobody gets work");
      assert.equal(miner.heard.seen.some(({ value }) => value.name === "NewEquihashJob"), false);
    },
  });
  stack.use(pair);
  assert.ok(watching !== undefined);
  await jobOnTip(watching.miner, pair.a);
  assert.deepEqual(await healthReasons(watching.pool), []);
  await watching.miner[Symbol.asyncDispose]();
  await watching.pool[Symbol.asyncDispose]();
  stack.move();
  return pair;
}

async function lacksProof({ a, b }: Pair): Promise<void> {
  const client = a.client();
  await using submission = new Submission([client, b.client()]);
  const outcome = await submission.submit(await blockOf(client));
  assert.equal(outcome.state, "rejected");
  assert.match(outcome.reason ?? "", /proof of work/);
}

/** A block that is not settled is tried again for a minute, then once a minute. */
const SETTLE_LIMIT_MS = 150_000;

/** The next block from this height on that is on the node's best chain. */
async function nextAccepted(
  pool: LivePool,
  height: number,
): Promise<{ hash: Uint8Array; height: number }> {
  for (;;) {
    const { outcome } = await pool.outcome(SETTLE_LIMIT_MS);
    assert.ok(outcome.state !== "rejected", outcome.reason);
    // Of several blocks of one height all but one are side chains. A node that was killed has forgotten its newest block, so that the
    // block's twin may be the first that comes there again.
    if (outcome.state === "accepted" && outcome.height >= height) return outcome;
  }
}

const BLOCKS_IN_A_ROW = isLongForm() ? 10 : 2;

async function minesInARow(pair: Pair): Promise<void> {
  await using pool = await startPool(pair);
  const hashes: Uint8Array[] = [];
  {
    await using miner = pool.connect({ solver: "cpu, one a nonce" });
    const { value } = await miner.events.next("connection", ({ kind }) => kind === "connected");
    assert.equal(value.kind === "connected" && value.encrypted, true);
    while (hashes.length < BLOCKS_IN_A_ROW) {
      const { hash, height } = await nextAccepted(pool, hashes.length + 1);
      assert.equal(height, hashes.length + 1, "each block builds on the one before");
      hashes.push(hash);
    }
    // While the miner goes on: should the nodes have parted over two blocks of one height, the next
    // one brings them together.
    for (const hash of hashes) await assertPoolBlock(pair.b, await readRelayedBlock(pair.b, hash));
  }
  const { blocks, shares } = await pool.stopAndRead();
  const recorded = new Map(blocks.map(({ hash, state }) => [displayHash(hash), state]));
  for (const hash of hashes) assert.ok(ON_CHAIN.has(recorded.get(displayHash(hash)) ?? ""));
  assert.ok(shares >= hashes.length);
}

/** A block of a Stratum V1 miner, which found it by the lines alone, is on both nodes' chain. */
async function minesOverStratum(pair: Pair): Promise<void> {
  await using pool = await startPool(pair);
  const { blocks: before } = await pair.a.client().getBlockchainInfo();
  let hash: Uint8Array;
  {
    await using miner = pool.connect({ solver: "cpu, one a nonce", protocol: "stratum1" });
    const { value } = await miner.events.next("connection", ({ kind }) => kind === "connected");
    assert.equal(value.kind === "connected" && value.encrypted, false);
    ({ hash } = await nextAccepted(pool, before + 1));
    await miner.events.next("answer", ({ kind }) => kind === "share_accepted");
    await assertPoolBlock(pair.b, await readRelayedBlock(pair.b, hash));
  }
  const { blocks } = await pool.stopAndRead();
  const record = blocks.find((block) => displayHash(block.hash) === displayHash(hash));
  assert.ok(ON_CHAIN.has(record?.state ?? ""));
}

/** Where they stand in a block's header. */
const NONCE_OFFSET = 108;
const SOLUTION_OFFSET = 143;

const NO_PROOF = /^rejected: all but the proof of work is valid/;
const WRONG_VALUE = /^rejected: .*subsidy-invalidminerfees/;

/** Each block is really solved; what is wrong with it is what the row says and nothing else. */
const WRONG_BLOCKS: readonly (readonly [string, Tampering, RegExp])[] = [
  ["one wrong bit in its solution", flippedBit(SOLUTION_OFFSET + 700), NO_PROOF],
  ["a wrong commitment", wrongHistory(), /^rejected: .*invalidblockcommitment/],
  ["one zatoshi too much in its coinbase", wrongValue(1n, { subsidyToo: true }), WRONG_VALUE],
];
const MORE_WRONG_BLOCKS: typeof WRONG_BLOCKS = [
  ["one wrong bit in its nonce", flippedBit(NONCE_OFFSET + 20), NO_PROOF],
  ["one zatoshi too little in its coinbase", wrongValue(-1n, { subsidyToo: true }), WRONG_VALUE],
];

async function makesWrongBlock(
  { a }: Pair,
  [what, tampering, reason]: (typeof WRONG_BLOCKS)[number],
): Promise<void> {
  const before = (await a.client().getBlockchainInfo()).blocks;
  await using proxy = await NodeProxy.start(a.url);
  proxy.tampering = tampering;
  await using pool = await LivePool.start({ nodes: [proxy.url], cookiePath: a.cookiePath });
  let hash: Uint8Array;
  {
    await using _miner = pool.connect({ solver: "cpu, one a nonce" });
    const { outcome } = await pool.outcome(90_000);
    assert.equal(outcome.state, "rejected", what);
    hash = outcome.hash;
  }
  const { blocks } = await pool.stopAndRead();
  const record = blocks.find((block) => displayHash(block.hash) === displayHash(hash));
  assert.equal(record?.state, "rejected", what);
  assert.match(record?.reason ?? "", reason, what);
  assert.equal((await a.client().getBlockchainInfo()).blocks, before, "none was taken");
}

const KILLS = isLongForm() ? 3 : 1;

async function losesNothing(pair: Pair): Promise<void> {
  await using pool = await startPool(pair);
  let acknowledged: number;
  const accepted: Uint8Array[] = [];
  {
    await using miner = pool.connect({ solver: "cpu, one a nonce" });
    let height = (await pair.a.client().getBlockchainInfo()).blocks;
    for (let kill = 0; kill < KILLS; kill++) {
      const before = await nextAccepted(pool, height + 1);
      accepted.push(before.hash);
      height = before.height + 1;
      await pool.events.next(
        "work after that block",
        (event) => event.kind === "work" && event.height === height,
      );
      await pair.a.signal("SIGKILL");
      pool.events.skip();
      const { value: found } = await pool.events.next(
        "block without a node",
        ({ kind }) => kind === "block_found",
        60_000,
      );
      assert.equal(found.kind === "block_found" && found.height, height);
      await pair.a.restart();
      const after = await nextAccepted(pool, height);
      assert.equal(after.height, height, "that block, or its twin of the same nonce");
      accepted.push(after.hash);
    }
    for (const hash of accepted) await readRelayedBlock(pair.b, hash);
    acknowledged = miner.events.seen.filter(({ value }) => value.kind === "share_accepted").length;
  }
  const foundHashes = pool.events.seen.flatMap(({ value }) =>
    value.kind === "block_found" ? [displayHash(value.hash)] : []
  );
  const { blocks, shares } = await pool.stopAndRead();
  const hashes = blocks.map(({ hash }) => displayHash(hash));
  assert.deepEqual(hashes.sort(), foundHashes.sort(), "every block that was found is recorded");
  const onChain = new Set(
    blocks.filter(({ state }) => ON_CHAIN.has(state)).map(({ hash }) => displayHash(hash)),
  );
  for (const hash of accepted) assert.ok(onChain.has(displayHash(hash)));
  assert.ok(shares >= acknowledged, `${shares} recorded, ${acknowledged} acknowledged`);
}

testWith(
  "zebrad",
  "with proof of work the pool's blocks are on another node's chain, and nothing is lost",
  async (path, t) => {
    await using stack = new AsyncDisposableStack();
    let started: Awaited<ReturnType<typeof startPowPair>> | undefined;
    await t.step(
      "a pool before a node that has no block, then no peers, waits and says why, then goes on",
      async () => void (started = stack.use(await startWatched(path))),
    );
    assert.ok(started !== undefined);
    const pair = started;
    // A node that is not synced yet looks for relayed blocks only in its next round, 67 s later.
    await untilTemplate(pair.b);
    await t.step(
      "blocks that the test miner finds over Noise are on the best chain of another node",
      () => minesInARow(pair),
    );
    await t.step(
      "a block that a Stratum V1 miner finds is on the best chain of another node",
      () => minesOverStratum(pair),
    );
    await t.step("a block without proof of work is refused by both nodes", () => lacksProof(pair));
    // Each is really solved, which takes seconds: the short form has one.
    const rows = isLongForm() ? [...WRONG_BLOCKS, ...MORE_WRONG_BLOCKS] : WRONG_BLOCKS.slice(-1);
    for (const row of rows) {
      await t.step(
        `a block with ${row[0]} is refused, and the record has the node's reason`,
        () => makesWrongBlock(pair, row),
      );
    }
    await t.step(
      "a node that is killed under a working pool costs no block and no share",
      () => losesNothing(pair),
    );
  },
);
