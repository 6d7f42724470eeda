import assert from "node:assert/strict";
import { type Logger, noMetrics, PoolError, silentLogger } from "../../../../src/base/mod.ts";
import type { BlockState } from "../../../../src/chain/blocks/mod.ts";
import {
  type BlockLedger,
  ChainFollower,
  type ChainNode,
  type WatchedBlock,
} from "../../../../src/chain/chain_follower/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const BLOCK_HEIGHT = 1_000;

function hashOf(text: string): Uint8Array {
  const hash = new Uint8Array(32);
  new TextEncoder().encodeInto(text, hash);
  return hash;
}

/** A node whose best chain the test writes. */
class ScriptedNode implements ChainNode {
  readonly url = "http://node";
  readonly rivals = new Set<number>();
  tip = BLOCK_HEIGHT;
  broken = false;
  asked = 0;

  getBestBlockHeightAndHash(): Promise<{ height: number } | undefined> {
    if (this.broken) return Promise.reject(new Error("no answer"));
    return Promise.resolve({ height: this.tip });
  }

  getBlockHash(height: number): Promise<Uint8Array | undefined> {
    this.asked++;
    if (this.broken) return Promise.reject(new Error("no answer"));
    if (height > this.tip) return Promise.resolve(undefined);
    return Promise.resolve(hashOf(this.rivals.has(height) ? `rival ${height}` : `block ${height}`));
  }
}

/** Keeps states as the ledger does, and the steps that were made. */
class ScriptedLedger implements BlockLedger {
  readonly steps: string[] = [];
  readonly states = new Map<number, BlockState>([[BLOCK_HEIGHT, "accepted"]]);
  failing = false;
  /** Heights of immature blocks whose debts a rival holds. */
  readonly displaced = new Set<number>();
  /** Heights of blocks with which no step succeeds. */
  readonly poison = new Set<number>();

  watched(fromHeight: number, limit: number): Promise<WatchedBlock[]> {
    if (this.failing) return Promise.reject(new Error("the database is away"));
    return Promise.resolve(
      [...this.states].filter(([height, state]) =>
        state === "accepted" || state === "immature" || height >= fromHeight
      ).sort(([a], [b]) => a - b).slice(0, limit)
        .map(([height, state]) => ({
          hash: hashOf(`block ${height}`),
          height,
          state,
          displaced: this.displaced.has(height),
        })),
    );
  }
  hold = (hash: Uint8Array) => {
    this.displaced.delete(BLOCK_HEIGHT);
    return this.#step(hash, "hold", "immature");
  };
  credit = (hash: Uint8Array) => this.#step(hash, "credit", "immature");
  mature = (hash: Uint8Array) => this.#step(hash, "mature", "mature");
  orphan = (hash: Uint8Array) => this.#step(hash, "orphan", "orphaned");
  giveBack = (hash: Uint8Array) => this.#step(hash, "give back", "immature");

  get state(): BlockState | undefined {
    return this.states.get(BLOCK_HEIGHT);
  }

  #step(hash: Uint8Array, step: string, state: BlockState): Promise<void> {
    const height = Number(new TextDecoder().decode(hash).replaceAll("\0", "").split(" ")[1]);
    if (this.poison.has(height)) return Promise.reject(new Error(`block ${height} is damaged`));
    this.steps.push(step);
    this.states.set(height, state);
    return Promise.resolve();
  }
}

function followerOf(
  nodes = [new ScriptedNode()],
  maturity?: number,
  logger: Logger = silentLogger,
) {
  const ledger = new ScriptedLedger();
  const clock = new FakeClock();
  const follower = new ChainFollower(maturity === undefined ? {} : { maturity }, {
    nodes,
    ledger,
    clock,
    logger,
    metrics: noMetrics("matured", "orphaned", "returned", "failures"),
  });
  const [node = new ScriptedNode()] = nodes;
  const look = async (tip: number): Promise<void> => {
    for (const each of nodes) each.tip = tip;
    await follower.poll();
  };
  return { follower, ledger, clock, node, look };
}

Deno.test("a block is credited when the chain has it and due at 100 confirmations, not before", async () => {
  const { ledger, look } = followerOf();
  await look(BLOCK_HEIGHT);
  assert.deepEqual(ledger.steps, ["credit"]);
  await look(BLOCK_HEIGHT + 98);
  assert.deepEqual(ledger.steps, ["credit"]);
  await look(BLOCK_HEIGHT + 99);
  assert.deepEqual(ledger.steps, ["credit", "mature"]);
  await look(BLOCK_HEIGHT + 100);
  assert.deepEqual(ledger.steps, ["credit", "mature"]);
});

Deno.test("a block whose debts a rival holds takes them once the best chain has it, not before", async () => {
  const { ledger, node, look } = followerOf();
  ledger.states.set(BLOCK_HEIGHT, "immature");
  ledger.displaced.add(BLOCK_HEIGHT);
  node.rivals.add(BLOCK_HEIGHT);
  await look(BLOCK_HEIGHT);
  assert.deepEqual(ledger.steps, []);
  node.rivals.clear();
  await look(BLOCK_HEIGHT + 1);
  await look(BLOCK_HEIGHT + 2);
  assert.deepEqual(ledger.steps, ["hold"]);
});

Deno.test("nothing is due by a block that another node has long had another one for", async () => {
  const [first, second] = [new ScriptedNode(), new ScriptedNode()];
  const { ledger, look } = followerOf([first, second]);
  second.rivals.add(BLOCK_HEIGHT);
  for (const depth of [1, 99, 100, 150]) await look(BLOCK_HEIGHT + depth);
  assert.deepEqual(ledger.steps, ["credit"]);
  second.broken = true;
  await look(BLOCK_HEIGHT + 151);
  assert.deepEqual(ledger.steps, ["credit", "mature"]);
});

Deno.test("a block that a node has refused is credited when the chain has it, and else left", async () => {
  const { ledger, node, look } = followerOf();
  ledger.states.set(BLOCK_HEIGHT, "rejected");
  node.rivals.add(BLOCK_HEIGHT);
  for (let tip = BLOCK_HEIGHT; tip < BLOCK_HEIGHT + 60; tip++) await look(tip);
  assert.deepEqual(ledger.steps, []);
  node.rivals.delete(BLOCK_HEIGHT);
  await look(BLOCK_HEIGHT + 60);
  assert.deepEqual(ledger.steps, ["credit"]);
});

for (const depth of [1, 50, 99]) {
  Deno.test(`a block that is displaced at depth ${depth} is orphaned after 20 blocks and three looks`, async () => {
    const { ledger, node, look } = followerOf();
    await look(BLOCK_HEIGHT + depth - 1);
    node.rivals.add(BLOCK_HEIGHT);
    const sure = Math.max(BLOCK_HEIGHT + depth, BLOCK_HEIGHT + 20);
    if (depth < 20) {
      for (let turn = 0; turn < 5; turn++) await look(BLOCK_HEIGHT + 19);
      assert.equal(ledger.state, "immature", "a rival of 20 blocks is not deep enough");
    }
    await look(sure);
    await look(sure + 1);
    for (let turn = 0; turn < 5; turn++) await look(sure + 1);
    assert.equal(ledger.state, "immature", "two looks are not enough");
    await look(sure + 2);
    assert.equal(ledger.state, "orphaned");
    assert.deepEqual(ledger.steps, ["credit", "orphan"]);
  });
}

Deno.test("an orphan that returns is given its credits back, and matures", async () => {
  const { ledger, node, look } = followerOf();
  await look(BLOCK_HEIGHT);
  node.rivals.add(BLOCK_HEIGHT);
  for (const tip of [30, 31, 32]) await look(BLOCK_HEIGHT + tip);
  node.rivals.clear();
  await look(BLOCK_HEIGHT + 33);
  assert.equal(ledger.state, "immature");
  await look(BLOCK_HEIGHT + 99);
  assert.deepEqual(ledger.steps, ["credit", "orphan", "give back", "mature"]);
});

Deno.test("a mature block that is displaced is orphaned too, within 1,000 blocks", async () => {
  const { ledger, node, look } = followerOf();
  await look(BLOCK_HEIGHT + 200);
  assert.deepEqual(ledger.steps, ["credit", "mature"]);
  node.rivals.add(BLOCK_HEIGHT);
  for (const tip of [998, 999, 1_000]) await look(BLOCK_HEIGHT + tip);
  assert.deepEqual(ledger.steps, ["credit", "mature", "orphan"]);
});

Deno.test("a node that syncs, errs or is away decides nothing", async () => {
  const { ledger, node, look } = followerOf();
  await look(BLOCK_HEIGHT);
  for (let times = 0; times < 10; times++) await look(BLOCK_HEIGHT - 500);
  node.broken = true;
  for (let times = 0; times < 10; times++) await look(BLOCK_HEIGHT + 500);
  assert.deepEqual(ledger.steps, ["credit"]);
});

Deno.test("one look in which the block is there begins the count of looks anew", async () => {
  const { ledger, node, look } = followerOf();
  await look(BLOCK_HEIGHT);
  for (let times = 0; times < 4; times++) {
    node.rivals.add(BLOCK_HEIGHT);
    await look(BLOCK_HEIGHT + 30);
    await look(BLOCK_HEIGHT + 31);
    node.rivals.clear();
    await look(BLOCK_HEIGHT + 32);
  }
  assert.deepEqual(ledger.steps, ["credit"]);
});

Deno.test("with two nodes both must have the rival; one that is away or disagrees keeps the credit", async () => {
  const nodes = [new ScriptedNode(), new ScriptedNode()];
  const [first, second] = nodes as [ScriptedNode, ScriptedNode];
  const { ledger, look } = followerOf(nodes);
  await look(BLOCK_HEIGHT);
  first.rivals.add(BLOCK_HEIGHT);
  for (const tip of [50, 51, 52, 53]) await look(BLOCK_HEIGHT + tip);
  assert.equal(ledger.state, "immature", "the second node has the block");
  second.broken = true;
  for (const tip of [54, 55, 56, 57]) await look(BLOCK_HEIGHT + tip);
  assert.equal(ledger.state, "immature", "the second node is away");
  second.broken = false;
  second.rivals.add(BLOCK_HEIGHT);
  await look(BLOCK_HEIGHT + 58);
  assert.equal(ledger.state, "orphaned");
});

Deno.test("of two found blocks at one height the one in the chain is credited, the other orphaned", async () => {
  const { ledger, node, look } = followerOf();
  const twin = hashOf("twin");
  const watched = ledger.watched.bind(ledger);
  let twinState: BlockState = "accepted";
  ledger.watched = async (from, limit) => [
    ...await watched(from, limit),
    { hash: twin, height: BLOCK_HEIGHT, state: twinState, displaced: false },
  ];
  ledger.orphan = (hash) => {
    assert.deepEqual(hash, twin);
    twinState = "orphaned";
    return Promise.resolve();
  };
  for (const tip of [0, 21, 22, 23]) await look(BLOCK_HEIGHT + tip);
  assert.equal(twinState, "orphaned");
  assert.deepEqual(ledger.steps, ["credit"]);
  assert(node.asked > 0);
});

Deno.test("a ledger that fails changes nothing, is tried again without a new tip, and close ends it", async () => {
  const { ledger, follower, clock, look } = followerOf();
  ledger.failing = true;
  await look(BLOCK_HEIGHT);
  assert.deepEqual(ledger.steps, []);
  ledger.failing = false;
  await clock.advance(30_000);
  await follower.poll();
  assert.deepEqual(ledger.steps, ["credit"]);
  await follower.close();
  assert.equal(clock.pending, 0);
  await look(BLOCK_HEIGHT + 99);
  assert.deepEqual(ledger.steps, ["credit"]);
});

Deno.test("tips that come during a look are one more look", async () => {
  const node = new ScriptedNode();
  const { follower, ledger } = followerOf([node]);
  ledger.states.set(BLOCK_HEIGHT, "orphaned");
  node.rivals.add(BLOCK_HEIGHT);
  for (let tip = 0; tip < 50; tip++) follower.tipChanged();
  await follower.poll();
  assert.equal(node.asked, 2);
});

Deno.test("a pool that mines every block of its network credits each one at once", async () => {
  const { ledger, look } = followerOf();
  ledger.states.clear();
  for (let height = 1_000; height < 2_000; height++) ledger.states.set(height, "mature");
  ledger.states.set(2_000, "accepted");
  await look(2_000);
  assert.deepEqual(ledger.steps, ["credit"]);
  assert.equal(ledger.states.get(2_000), "immature");
});

Deno.test("a node that syncs anew holds up no credit while another has the chain", async () => {
  const nodes = [new ScriptedNode(), new ScriptedNode()];
  const [syncing, good] = nodes as [ScriptedNode, ScriptedNode];
  const { ledger, follower } = followerOf(nodes);
  ledger.states.clear();
  for (let height = 1_000; height < 10_000; height++) ledger.states.set(height, "mature");
  ledger.states.set(10_000, "accepted");
  syncing.tip = 0;
  good.tip = 10_000;
  await follower.poll();
  assert.deepEqual(ledger.steps, ["credit"]);
});

Deno.test("blocks that cannot be credited do not stand in front of the others", async () => {
  const { ledger, look, clock } = followerOf();
  ledger.states.clear();
  for (let height = 1_000; height < 1_010; height++) ledger.states.set(height, "accepted");
  for (let height = 1_000; height < 1_008; height++) ledger.poison.add(height);
  await look(1_010);
  assert.deepEqual([ledger.states.get(1_008), ledger.states.get(1_009)], ["immature", "immature"]);
  assert.equal(ledger.states.get(1_000), "accepted");
  ledger.poison.clear();
  await clock.advance(30_000);
  assert.equal(ledger.states.get(1_000), "immature", "the others are tried again");
});

Deno.test("a silent node is asked once in a round, not once for each block", async () => {
  const nodes = [new ScriptedNode(), new ScriptedNode()];
  const [silent] = nodes as [ScriptedNode, ScriptedNode];
  const { ledger, look } = followerOf(nodes);
  for (let height = 1_001; height < 1_100; height++) ledger.states.set(height, "accepted");
  silent.broken = true;
  await look(1_100);
  assert.equal(ledger.steps.filter((step) => step === "credit").length, 100);
  assert.equal(silent.asked, 0);
  // Displaced blocks, too, wait for its word without asking each time.
  const [, other] = nodes;
  for (let height = 1_000; height < 1_100; height++) other?.rivals.add(height);
  for (const tip of [1_200, 1_201, 1_202, 1_203]) await look(tip);
  assert.equal(silent.asked, 0);
  assert(!ledger.steps.includes("orphan"));
});

Deno.test("nothing is due while two nodes follow different chains", async () => {
  const nodes = [new ScriptedNode(), new ScriptedNode()];
  const [, second] = nodes as [ScriptedNode, ScriptedNode];
  const { ledger, look } = followerOf(nodes);
  await look(BLOCK_HEIGHT);
  second.rivals.add(BLOCK_HEIGHT);
  for (const tip of [99, 100, 150, 300]) await look(BLOCK_HEIGHT + tip);
  assert.deepEqual(ledger.steps, ["credit"], "one of them is on a chain of its own");
  second.broken = true;
  await look(BLOCK_HEIGHT + 301);
  assert.deepEqual(ledger.steps, ["credit", "mature"], "a node that is away disputes nothing");
});

Deno.test("a rival of a few blocks at one node does not keep a reward from being due", async () => {
  const nodes = [new ScriptedNode(), new ScriptedNode()];
  const [first, second] = nodes as [ScriptedNode, ScriptedNode];
  const { ledger, follower } = followerOf(nodes);
  second.rivals.add(BLOCK_HEIGHT);
  first.tip = BLOCK_HEIGHT + 99;
  second.tip = BLOCK_HEIGHT + 19;
  await follower.poll();
  assert.deepEqual(ledger.steps, ["credit", "mature"]);
});

Deno.test("a block that only waits for its share is no alarm, and hides none", async () => {
  const lines: string[] = [];
  const logger = { log: (level: string, event: string) => lines.push(`${level} ${event}`) };
  const { ledger, look } = followerOf(undefined, undefined, logger);
  ledger.states.set(BLOCK_HEIGHT - 1, "immature");
  ledger.credit = () => Promise.reject(new PoolError("busy", "its share is not written"));
  await look(BLOCK_HEIGHT);
  assert.deepEqual(lines, ["info blocks_wait"]);
  ledger.mature = () => Promise.reject(new Error("the journal is damaged"));
  await look(BLOCK_HEIGHT + 100);
  assert.deepEqual(lines, ["info blocks_wait", "debug blocks_not_followed"]);
  await look(BLOCK_HEIGHT + 101);
  assert.equal(lines.at(-1), "error blocks_not_followed");
});

Deno.test("what does not change is not repeated: an hour without a database is two lines", async () => {
  const lines: string[] = [];
  const logger: Logger = {
    log: (level, event, message, { failures } = {}) =>
      void (level !== "debug" && lines.push(`${level} ${event} ${failures ?? message}`)),
  };
  const { ledger, clock, look, follower } = followerOf(undefined, undefined, logger);
  ledger.failing = true;
  await look(BLOCK_HEIGHT);
  await clock.advance(3_600_000);
  const begun = "error blocks_not_followed could not update found blocks; credits unchanged: " +
    "the database is away";
  assert.deepEqual(lines, [begun]);
  ledger.failing = false;
  await clock.advance(30_000);
  assert.deepEqual(lines, [
    begun,
    `info block_credited block ${BLOCK_HEIGHT} is credited`,
    "info blocks_followed_again 121",
  ]);
  await follower.close();
});

Deno.test("a chain that goes far back is warned about with both heights and the blocks above", async () => {
  const lines: unknown[] = [];
  const logger: Logger = {
    log: (level, event, message, { found_blocks_above } = {}) =>
      void (event === "chain_went_back" && lines.push([level, message, found_blocks_above])),
  };
  const nodes = [new ScriptedNode(), new ScriptedNode()];
  const [, second] = nodes as [ScriptedNode, ScriptedNode];
  const { ledger, follower, look } = followerOf(nodes, undefined, logger);
  ledger.states.set(40, "accepted").set(20, "accepted").delete(BLOCK_HEIGHT);
  await look(46);
  assert.deepEqual([...ledger.states.values()], ["immature", "immature"]);
  // What reorganisations of the best kind do, and a node that does not answer, are no alarm.
  await look(36);
  await look(46);
  second.broken = true;
  await follower.poll();
  second.broken = false;
  await look(46);
  assert.deepEqual(lines, []);
  second.tip = 35;
  await follower.poll();
  await follower.poll();
  assert.deepEqual(lines.splice(0), [[
    "warn",
    "the best chain of a node went back from height 46 to 35; 1 found blocks above it keep their " +
    "state and credits until the chain has grown past their heights",
    1,
  ]]);
  await look(1);
  assert.deepEqual(lines.map((line) => (line as unknown[])[2]), [2, 2]);
  assert.deepEqual([...ledger.states.values()], ["immature", "immature"]);
});
