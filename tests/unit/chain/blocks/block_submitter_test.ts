import assert from "node:assert/strict";
import { BlockSubmitter, MemorySpool, SpoolError } from "../../../../src/chain/blocks/mod.ts";
import type { BlockOutcome, BlockSubmitterOptions } from "../../../../src/chain/blocks/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { otherHash, ScriptedNode, someBlock, statesOf } from "./_scripted_node.ts";

interface Setup {
  readonly clock: FakeClock;
  readonly spool: MemorySpool;
  readonly submitter: BlockSubmitter;
  readonly outcomes: BlockOutcome[];
}

function setup(
  nodes: readonly ScriptedNode[],
  options: BlockSubmitterOptions = {},
  spool = new MemorySpool(),
): Setup {
  const clock = new FakeClock();
  const submitter = new BlockSubmitter(options, { nodes, spool, clock });
  const outcomes: BlockOutcome[] = [];
  submitter.outcomes((outcome) => outcomes.push(outcome));
  return { clock, spool, submitter, outcomes };
}

/** Nothing is left that waits, calls or holds a block. */
function assertQuiet({ clock, submitter }: Setup, nodes: readonly ScriptedNode[]): void {
  assert.equal(clock.pending, 0, "timers that wait");
  assert.equal(submitter.openBlocks.length, 0, "open blocks");
  for (const node of nodes) assert.equal(node.pending, 0, `calls under way at ${node.url}`);
}

Deno.test("a block is in the spool and on its way to every node when submit returns", async () => {
  const nodes = [new ScriptedNode("http://a"), new ScriptedNode("http://b")];
  const found = someBlock(1);
  for (const node of nodes) node.chain = [found.hash];
  const all = setup(nodes);
  all.submitter.submit(found);
  assert.deepEqual(all.spool.unfinished(), [found]);
  for (const node of nodes) assert.deepEqual(node.calls, ["submit"]);
  await all.clock.advance(0);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "accepted"]);
  assert.deepEqual(all.spool.unfinished(), []);
  assertQuiet(all, nodes);
});

Deno.test("one node that never answers does not hold up the answer of another", async () => {
  const [silent, quick] = [new ScriptedNode("http://silent"), new ScriptedNode("http://quick")];
  const found = someBlock(2);
  silent.submits = ["hang"];
  quick.chain = [found.hash];
  const all = setup([silent, quick]);
  all.submitter.submit(found);
  await all.clock.advance(0);
  const accepted = all.outcomes.at(-1);
  assert.equal(accepted?.state, "accepted");
  assert.equal(accepted?.nodeUrl, "http://quick");
  assert.equal(silent.pending, 1, "its own time limit ends that call, not ours");
  await all.submitter.close();
  await all.clock.advance(0);
  assertQuiet(all, [silent, quick]);
});

Deno.test("null is not believed until the chain has the block: another one there means side chain", async () => {
  const node = new ScriptedNode();
  node.chain = [otherHash];
  const all = setup([node]);
  all.submitter.submit(someBlock(3));
  await all.clock.advance(0);
  assert.deepEqual(all.outcomes.map((outcome) => outcome.state), ["submitted", "side_chain"]);
  assert.deepEqual(all.spool.unfinished(), []);
});

Deno.test("a duplicate that is only queued is asked for again until the chain has it", async () => {
  const node = new ScriptedNode();
  const found = someBlock(4);
  node.submits = ["duplicate"];
  node.chain = [undefined, undefined, found.hash];
  const all = setup([node]);
  all.submitter.submit(found);
  await all.clock.advance(0);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted"]);
  await all.clock.advance(250 + 500);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "accepted"]);
  assert.equal(node.calls.filter((call) => call === "submit").length, 3);
});

Deno.test("a duplicate beside another block on the best chain is a side chain in the end", async () => {
  const node = new ScriptedNode();
  const found = someBlock(5);
  node.submits = ["duplicate"];
  node.chain = [otherHash];
  const all = setup([node]);
  all.submitter.submit(found);
  await all.clock.advance(0);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted"]);
  await all.clock.advance(750);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "side_chain"]);
});

Deno.test("an inconclusive answer is no refusal: the chain is asked", async () => {
  for (const answer of ["inconclusive", "duplicate-inconclusive"]) {
    const node = new ScriptedNode();
    const found = someBlock(31);
    node.submits = [answer];
    node.chain = [undefined, undefined, undefined, found.hash];
    const all = setup([node]);
    all.submitter.submit(found);
    await all.clock.advance(5_000);
    assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "accepted"], answer);
  }
});

Deno.test("a refused block is submitted once more, and the reason comes from proposal mode", async () => {
  const node = new ScriptedNode();
  node.submits = ["rejected"];
  node.proposals = ["block-source-invalidminerfees"];
  const all = setup([node]);
  all.submitter.submit(someBlock(6));
  await all.clock.advance(250);
  const last = all.outcomes.at(-1);
  assert.equal(last?.state, "rejected");
  assert.equal(last?.reason, "rejected: block-source-invalidminerfees");
  assert.deepEqual(node.calls, ["submit", "chain", "propose", "submit", "chain"]);
  assert.deepEqual(all.spool.unfinished(), []);
});

Deno.test("a refusal that proposal mode does not share is named as one of the proof of work", async () => {
  const node = new ScriptedNode();
  node.submits = ["rejected"];
  const all = setup([node]);
  all.submitter.submit(someBlock(7));
  await all.clock.advance(250);
  assert.match(all.outcomes.at(-1)?.reason ?? "", /proof of work/);
});

Deno.test("a refusal that passes is no refusal", async () => {
  const node = new ScriptedNode();
  const found = someBlock(8);
  node.submits = ["rejected", null];
  node.proposals = [new Error("no answer within 10000 ms")];
  node.chain = [undefined, found.hash];
  const all = setup([node]);
  all.submitter.submit(found);
  await all.clock.advance(250);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "accepted"]);
});

Deno.test("an unanswered block is settled by asking the chain", async () => {
  const node = new ScriptedNode();
  const found = someBlock(9);
  node.submits = [new Error("no answer within 20000 ms")];
  node.chain = [found.hash];
  const all = setup([node]);
  all.submitter.submit(found);
  await all.clock.advance(0);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "accepted"]);
});

Deno.test("a block outweighs a refusal elsewhere, and a refusal outweighs silence", async () => {
  const [refusing, away] = [new ScriptedNode("http://refuses"), new ScriptedNode("http://away")];
  refusing.submits = ["rejected"];
  away.submits = [new Error("refused")];
  away.chain = [new Error("refused")];
  const all = setup([away, refusing]);
  all.submitter.submit(someBlock(10));
  await all.clock.advance(10_000);
  assert.deepEqual(all.outcomes.map((outcome) => outcome.state), ["submitted"], "too early to say");
  await all.clock.advance(60_000);
  assert.equal(all.outcomes.at(-1)?.state, "rejected");
  assert.equal(all.outcomes.at(-1)?.nodeUrl, "http://refuses");

  const having = new ScriptedNode("http://has-it");
  having.chain = [otherHash];
  const second = setup([refusing, having]);
  second.submitter.submit(someBlock(11));
  await second.clock.advance(60_000);
  assert.equal(second.outcomes.at(-1)?.state, "side_chain");
});

Deno.test("while every node is away a block is unknown once, stays in the spool, and is tried each minute", async () => {
  const node = new ScriptedNode();
  const found = someBlock(12);
  node.submits = [new Error("connection refused")];
  node.chain = [new Error("connection refused")];
  const all = setup([node], { retryDelaysMs: [1_000], roundDelayMs: 60_000 });
  all.submitter.submit(found);
  await all.clock.advance(10 * 60_000);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "unknown"]);
  assert.deepEqual(all.spool.unfinished(), [found]);
  const tries = node.calls.filter((call) => call === "submit").length;
  assert.ok(tries >= 18 && tries <= 22, `${tries} submissions in ten minutes`);
  node.submits = [null];
  node.chain = [found.hash];
  await all.clock.advance(61_000);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "unknown", "accepted"]);
  assertQuiet(all, [node]);
});

Deno.test("what an earlier run left unfinished is submitted again, and only that", async () => {
  const spool = new MemorySpool();
  const [lost, done] = [someBlock(13), someBlock(14)];
  spool.append(lost);
  spool.append(done);
  spool.markDone(done.hash);
  const node = new ScriptedNode();
  node.submits = ["duplicate"];
  node.chain = [lost.hash];
  const all = setup([node], {}, spool);
  await all.submitter.recover();
  await all.clock.advance(0);
  assert.deepEqual(all.outcomes.map((outcome) => outcome.state), ["submitted", "accepted"]);
  assert.deepEqual(all.outcomes[1]?.found, lost);
  assert.deepEqual(spool.unfinished(), []);
});

Deno.test("the same block submitted twice goes out once", async () => {
  const node = new ScriptedNode();
  const found = someBlock(15);
  node.chain = [found.hash];
  const all = setup([node]);
  all.submitter.submit(found);
  all.submitter.submit({ ...found, minerId: "somebody else" });
  await all.clock.advance(0);
  assert.deepEqual(node.calls, ["submit", "chain"]);
});

Deno.test("a spool that fails is an alarm, and the block goes out all the same", async () => {
  class FullDisk extends MemorySpool {
    override append(): void {
      throw new SpoolError("Cannot write: no space left");
    }
    override flush(): Promise<void> {
      return Promise.reject(new SpoolError("Cannot flush"));
    }
    override unfinished(): never {
      throw new SpoolError("Cannot read");
    }
  }
  const node = new ScriptedNode();
  const found = someBlock(16);
  node.chain = [found.hash];
  const lines: string[] = [];
  const clock = new FakeClock();
  const logger = { log: (level: string, event: string) => lines.push(`${level} ${event}`) };
  const modules = { nodes: [node], spool: new FullDisk(), clock, logger };
  const submitter = new BlockSubmitter({}, modules);
  await submitter.recover();
  submitter.submit(found);
  await clock.advance(0);
  assert.deepEqual(lines.filter((line) => line === "error block_spool_failed").length, 3);
  assert.ok(lines.includes("info block_accepted"));
});

Deno.test("closing while a block is under way waits its grace, ends every call and keeps the block", async () => {
  const node = new ScriptedNode();
  const found = someBlock(17);
  node.submits = ["hang"];
  node.chain = ["hang"];
  const all = setup([node], { closeGraceMs: 3_000 });
  all.submitter.submit(found);
  await all.clock.advance(0);
  const closed = all.submitter.close();
  await all.clock.advance(2_999);
  assert.equal(node.pending, 1);
  await all.clock.advance(1);
  await closed;
  assertQuiet(all, [node]);
  assert.deepEqual(all.spool.unfinished(), [found]);
  const late = someBlock(18);
  all.submitter.submit(late);
  assert.deepEqual(
    all.spool.unfinished(),
    [found, late],
    "a late block is kept for the next start",
  );
  assert.equal(node.pending, 0);
});

Deno.test("closing while a block waits for its next round ends at once", async () => {
  const node = new ScriptedNode();
  node.submits = [new Error("away")];
  node.chain = [new Error("away")];
  const all = setup([node], { retryDelaysMs: [] });
  all.submitter.submit(someBlock(19));
  await all.clock.advance(0);
  assert.equal(all.outcomes.at(-1)?.state, "unknown");
  await all.submitter.close();
  assertQuiet(all, [node]);
});

Deno.test("memory for blocks of unknown fate is bounded: the oldest is left to the spool", async () => {
  const node = new ScriptedNode();
  node.submits = [new Error("away")];
  node.chain = [new Error("away")];
  const all = setup([node], { retryDelaysMs: [], openLengthMax: 500 });
  for (let seed = 20; seed < 23; seed++) {
    all.submitter.submit(someBlock(seed));
    await all.clock.advance(0);
  }
  assert.deepEqual(all.submitter.openBlocks.map((found) => found.height), [1021, 1022]);
  assert.equal(all.spool.unfinished().length, 3);
  await all.submitter.close();
});

Deno.test("a listener that throws stops nothing", async () => {
  const node = new ScriptedNode();
  const found = someBlock(24);
  node.chain = [found.hash];
  const clock = new FakeClock();
  const submitter = new BlockSubmitter({}, { nodes: [node], spool: new MemorySpool(), clock });
  const heard: string[] = [];
  submitter.outcomes(() => {
    throw new Error("broken listener");
  });
  submitter.outcomes((outcome) => heard.push(outcome.state));
  submitter.submit(found);
  await clock.advance(0);
  assert.deepEqual(heard, ["submitted", "accepted"]);
});

Deno.test("a settled block leaves the spool when its listeners have kept it, and stays when they could not", async () => {
  const node = new ScriptedNode();
  const [late, lost] = [someBlock(25), someBlock(26)];
  const all = setup([node]);
  const books = Promise.withResolvers<void>();
  all.submitter.outcomes(({ height, state }) => {
    if (state === "accepted") return height === late.height ? books.promise : Promise.reject();
  });
  node.chain = [late.hash];
  all.submitter.submit(late);
  await all.clock.advance(0);
  assert.deepEqual(statesOf(all.outcomes, late), ["submitted", "accepted"]);
  assert.deepEqual(all.spool.unfinished(), [late]);
  assertQuiet(all, [node]);
  books.resolve();
  await all.clock.advance(0);
  assert.deepEqual(all.spool.unfinished(), []);

  node.chain = [lost.hash];
  all.submitter.submit(lost);
  await all.clock.advance(0);
  assert.deepEqual(statesOf(all.outcomes, lost), ["submitted", "accepted"]);
  assert.deepEqual(all.spool.unfinished(), [lost]);
  assertQuiet(all, [node]);
});

Deno.test("a node that refuses because it is going down is not believed; the block is there when it is back", async () => {
  const node = new ScriptedNode();
  const found = someBlock(27);
  const gone = new Error("connection refused");
  node.submits = ["rejected", "rejected", gone, gone, null];
  node.proposals = [gone];
  node.chain = [gone, gone, gone, gone, found.hash];
  const all = setup([node]);
  all.submitter.submit(found);
  await all.clock.advance(5_000);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "accepted"]);
  assertQuiet(all, [node]);
});

Deno.test("a node that restarts for half a minute has the block within a second of its return", async () => {
  const node = new ScriptedNode();
  const found = someBlock(28);
  const gone = new Error("connection refused");
  node.submits = [gone];
  node.chain = [gone];
  const all = setup([node]);
  all.submitter.submit(found);
  for (let second = 0; second < 30; second++) await all.clock.advance(1_000);
  node.submits = [null];
  node.chain = [found.hash];
  await all.clock.advance(1_000);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "accepted"]);
});

Deno.test("a block that no node takes is given up when another one lies 100 blocks deep", async () => {
  const node = new ScriptedNode();
  const found = someBlock(29);
  node.submits = [new Error("no answer within 20000 ms")];
  let tip = found.height + 99;
  node.getBlockHash = (height) => Promise.resolve(height <= tip ? otherHash : undefined);
  const all = setup([node], { retryDelaysMs: [1_000] });
  all.submitter.submit(found);
  await all.clock.advance(5 * 60_000);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "unknown"]);
  tip++;
  await all.clock.advance(2 * 60_000);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "unknown", "side_chain"]);
  assert.deepEqual(all.spool.unfinished(), []);
  assertQuiet(all, [node]);
});

Deno.test("a node that hangs over each submission is told as unknown within some minutes", async () => {
  const node = new ScriptedNode();
  const found = someBlock(30);
  const all = setup([node]);
  node.submitBlock = () =>
    new Promise((_, reject) => {
      node.calls.push("submit");
      all.clock.after(20_000, () => reject(new Error("no answer within 20000 ms")));
    });
  all.submitter.submit(found);
  await all.clock.advance(90_000);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "unknown"]);
  assert(node.calls.filter((call) => call === "submit").length >= 3);
});

Deno.test("of a hundred recovered blocks eight are asked about at one time, the newest first", async () => {
  const node = new ScriptedNode();
  const spool = new MemorySpool();
  const blocks = Array.from({ length: 100 }, (_, index) => someBlock(100 + index));
  for (const found of blocks) spool.append(found);
  const all = setup([node], {}, spool);
  let most = 0;
  const heights: number[] = [];
  node.getBlockHash = async (height) => {
    heights.push(height);
    most = Math.max(most, all.submitter.openBlocks.length);
    await new Promise<void>((resolve) => all.clock.after(10, resolve));
    return blocks.find((found) => found.height === height)?.hash;
  };
  await all.submitter.recover();
  await all.clock.advance(1_000);
  assert.equal(most, 8);
  assert.equal(heights[0], 1_199);
  assert.deepEqual(all.spool.unfinished(), []);
  assertQuiet(all, [node]);
});

Deno.test("a block that sleeps between two rounds is tried at once when its node is back", async () => {
  const node = new ScriptedNode();
  const found = someBlock(31);
  node.submits = [new Error("connection refused")];
  node.chain = [new Error("connection refused")];
  const all = setup([node], { retryDelaysMs: [1_000], roundDelayMs: 60_000 });
  all.submitter.submit(found);
  await all.clock.advance(10_000);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "unknown"]);
  node.submits = [null];
  node.chain = [found.hash];
  all.submitter.wake();
  await all.clock.advance(0);
  assert.deepEqual(statesOf(all.outcomes, found), ["submitted", "unknown", "accepted"]);
  assertQuiet(all, [node]);
});

Deno.test("waking changes nothing for blocks whose round is under way, nor for later pauses", async () => {
  const node = new ScriptedNode();
  const found = someBlock(32);
  node.submits = [new Error("connection refused")];
  node.chain = [new Error("connection refused")];
  const all = setup([node], { retryDelaysMs: [1_000], roundDelayMs: 60_000 });
  all.submitter.submit(found);
  all.submitter.wake();
  await all.clock.advance(10_000);
  const calls = node.calls.length;
  await all.clock.advance(49_000);
  assert.equal(node.calls.length, calls, "the pause after the first round lasts");
  await all.submitter.close();
  await all.clock.advance(0);
});
