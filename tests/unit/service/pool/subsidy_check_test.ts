import assert from "node:assert/strict";
import { JobFactory, payAllTo } from "../../../../src/chain/jobs/mod.ts";
import { SubsidyCheck, type SubsidyNode } from "../../../../src/service/pool/subsidy_check.ts";
import {
  type BlockSubsidy,
  type BlockTemplate,
  p2pkhScript,
  TemplateError,
} from "../../../../src/chain/zcash/mod.ts";
import { madeTemplate } from "../../../support/block_templates.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";

const MINER_ZAT = 41_666_668n;

/** A template whose one output holds so much more than it should. */
function template(height: number, tooMuchZat = 0n): BlockTemplate {
  const outputs = [{ valueZat: MINER_ZAT + tooMuchZat, script: p2pkhScript(new Uint8Array(20)) }];
  return madeTemplate({ height, outputs });
}

/** A node that answers when the test says so. */
class AskedNode implements SubsidyNode {
  readonly url = "http://node";
  readonly asked: number[] = [];
  readonly #answers: PromiseWithResolvers<BlockSubsidy>[] = [];

  getBlockSubsidy(height: number): Promise<BlockSubsidy> {
    this.asked.push(height);
    const answer = Promise.withResolvers<BlockSubsidy>();
    this.#answers.push(answer);
    return answer.promise;
  }

  /** Answers the oldest question. */
  async answer(error?: Error, minerZat = MINER_ZAT): Promise<void> {
    const answer = this.#answers.shift();
    assert.ok(answer !== undefined, "nothing was asked");
    if (error === undefined) answer.resolve({ minerZat, streams: [] });
    else answer.reject(error);
    await settle();
  }
}

function setUp() {
  const clock = new FakeClock();
  const node = new AskedNode();
  const lines: string[] = [];
  let lateFaults = 0;
  const factory = new JobFactory({
    split: payAllTo(p2pkhScript(new Uint8Array(20).fill(0x33))),
    processBytes: new Uint8Array(8),
    tag: new Uint8Array(0),
  });
  const check = new SubsidyCheck({
    factory,
    clock,
    logger: { log: (level, event) => void lines.push(`${level} ${event}`) },
    onLateFault: () => lateFaults++,
  });
  return { clock, node, lines, factory, check, lateFaults: () => lateFaults };
}

const doesNotAddUp = (error: unknown): boolean =>
  error instanceof TemplateError && error.fault === "does-not-add-up";

Deno.test("the next height's subsidy is known when its template comes, and one zatoshi counts", async () => {
  const { clock, node, check } = setUp();
  check.check(template(100), node);
  await node.answer();
  await clock.advance(200);
  assert.deepEqual(node.asked, [100, 101]);
  await node.answer();
  check.check(template(101), node);
  assert.throws(() => check.check(template(101, 1n), node), doesNotAddUp);
  assert.throws(() => check.check(template(101, -1n), node), doesNotAddUp);
  await clock.advance(200);
  assert.deepEqual(node.asked, [100, 101, 102], "each height is asked for once");
});

Deno.test("a job that went out before its subsidy was known is refused when it is", async () => {
  const { node, check, lines, factory, lateFaults } = setUp();
  const wrong = template(100, 1n);
  check.check(wrong, node);
  assert.equal(factory.make(wrong).height, 100, "nothing waits for the answer");
  await node.answer();
  assert.deepEqual(lines, ["error template_refused_late"]);
  assert.equal(lateFaults(), 1);
  assert.throws(() => check.check(wrong, node), doesNotAddUp);
  check.close();
});

Deno.test("a right template stays the same job when its subsidy becomes known", async () => {
  const { node, check, lines, factory } = setUp();
  const right = template(100);
  check.check(right, node);
  const job = factory.make(right);
  await node.answer();
  check.check(right, node);
  assert.equal(factory.make(right), job);
  assert.deepEqual(lines, []);
  check.close();
});

Deno.test("a node that does not tell is told of once, and asked again with the next template", async () => {
  const { clock, node, check, lines } = setUp();
  for (const height of [100, 101, 102]) {
    check.check(template(height), node);
    await node.answer(new Error("refused"));
  }
  assert.deepEqual(lines, ["warn subsidy_unknown"]);
  assert.deepEqual(node.asked, [100, 101, 102]);
  check.close();
  assert.equal(clock.pending, 0);
});

Deno.test("heights of a reorganisation are still known, and memory has its bound", async () => {
  const { clock, node, check } = setUp();
  for (let height = 100; height < 200; height++) {
    check.check(template(height), node);
    if (height === 100) await node.answer();
    await clock.advance(200);
    await node.answer();
  }
  node.asked.length = 0;
  for (let height = 170; height < 200; height++) {
    assert.throws(() => check.check(template(height, 1n), node), doesNotAddUp);
  }
  assert.deepEqual(node.asked, []);
  check.check(template(150), node);
  assert.deepEqual(node.asked, [150]);
  check.close();
});

Deno.test("what belongs to a parent is not held against a rival of it", async () => {
  const { node, check, lines, lateFaults } = setUp();
  const rival = (tooMuchZat: bigint) => {
    return { ...template(100, tooMuchZat), previousBlockHash: new Uint8Array(32).fill(0xcd) };
  };
  check.check(template(100), node);
  await node.answer();
  // By ZIP 237 the rival of the parent has left another subsidy.
  check.check(rival(1_000n), node);
  assert.deepEqual(node.asked, [100, 100]);
  await node.answer(undefined, MINER_ZAT + 1_000n);
  check.check(rival(1_000n), node);
  assert.throws(() => check.check(rival(0n), node), doesNotAddUp, "its own answer holds");
  check.check(template(100), node);
  assert.deepEqual(node.asked, [100, 100, 100], "back on the first parent it is asked anew");
  await node.answer();
  assert.deepEqual(lines, []);
  assert.equal(lateFaults(), 0);
  check.close();
});

Deno.test("an answer under way for one parent is not taken for another", async () => {
  const { node, check, lateFaults } = setUp();
  check.check(template(100), node);
  const rival = { ...template(100, 7n), previousBlockHash: new Uint8Array(32).fill(0xcd) };
  check.check(rival, node);
  assert.deepEqual(node.asked, [100], "one question at a time");
  await node.answer();
  assert.equal(lateFaults(), 0);
  assert.deepEqual(node.asked, [100, 100]);
  await node.answer(undefined, MINER_ZAT + 7n);
  assert.equal(lateFaults(), 0);
  check.close();
});

Deno.test("an answer from ahead refuses nothing before it was asked for again", async () => {
  const { clock, node, check, lateFaults } = setUp();
  check.check(template(100), node);
  await node.answer();
  await clock.advance(200);
  await node.answer(undefined, MINER_ZAT + 5n);
  check.check(template(101), node);
  assert.deepEqual(node.asked, [100, 101, 101]);
  await node.answer();
  assert.equal(lateFaults(), 0, "the second answer holds");
  check.check(template(101), node);
  check.close();
});
