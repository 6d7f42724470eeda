import assert from "node:assert/strict";
import { templateToJson } from "../../../../src/demo/demo_node/_template.ts";
import { settle } from "../../../support/fake_clock.ts";
import { currentTemplate, demoCore } from "./_demo_core.ts";

interface TemplateAnswer {
  readonly longpollid: string;
  readonly height: number;
  readonly curtime: number;
  readonly submitold?: boolean;
  readonly transactions: readonly { readonly depends: number[] }[];
  readonly coinbasetxn: { readonly fee: number };
}

const never = new AbortController().signal;

function ask(core: ReturnType<typeof demoCore>["core"], longpollid?: string) {
  const params = longpollid === undefined ? [] : [{ longpollid }];
  const answer = core.methods.getblocktemplate?.(params, never);
  return Promise.resolve(answer) as Promise<TemplateAnswer>;
}

/** What a promise resolved to by now, if it did. */
async function now<T>(promise: Promise<T>): Promise<T | undefined> {
  let value: T | undefined;
  promise.then((result) => value = result);
  await settle();
  return value;
}

Deno.test("after a new tip the long poll gives a coinbase-only template, then the full one", async () => {
  const { core, clock } = demoCore();
  const before = await ask(core);
  assert(before.transactions.length >= 3);
  const waiting = ask(core, before.longpollid);
  assert.equal(await now(waiting), undefined);
  core.miner.generate(1);
  const empty = await waiting;
  assert.equal(empty.height, before.height + 1);
  assert.equal(empty.transactions.length, 0);
  assert.equal(empty.submitold, false);
  assert.equal(empty.coinbasetxn.fee, 0);

  const next = ask(core, empty.longpollid);
  await clock.advance(2);
  assert.equal(await now(next), undefined);
  await clock.advance(1);
  const full = await next;
  assert(full.transactions.length >= 3);
  assert.notEqual(full.longpollid, empty.longpollid);
  assert.equal(full.submitold, true);
  assert(full.coinbasetxn.fee < 0);
  core.close();
});

Deno.test("every five seconds a long poll ends with the same parent and submitold false", async () => {
  const { core, clock } = demoCore();
  let last = await ask(core);
  for (let round = 0; round < 3; round++) {
    const waiting = ask(core, last.longpollid);
    await clock.advance(4_999);
    assert.equal(await now(waiting), undefined);
    await clock.advance(1);
    const answer = await waiting;
    assert.equal(answer.height, last.height);
    assert.equal(answer.curtime, last.curtime + 5);
    assert.equal(answer.submitold, false);
    last = answer;
  }
  core.close();
});

Deno.test("a long poll with an old id is answered at once", async () => {
  const { core } = demoCore();
  const { longpollid } = await ask(core);
  core.miner.generate(1);
  assert.equal((await now(ask(core, longpollid)))?.height, 2);
  core.close();
});

Deno.test("plain calls within five seconds give one and the same template", async () => {
  const { core, clock } = demoCore();
  const first = await ask(core);
  await clock.advance(4_900);
  assert.deepEqual(await ask(core), first);
  assert.equal("submitold" in first, false);
  core.close();
});

Deno.test("a caller that leaves ends its long poll", async () => {
  const { core } = demoCore();
  const { longpollid } = await ask(core);
  const caller = new AbortController();
  const answer = core.methods.getblocktemplate?.([{ longpollid }], caller.signal);
  assert.equal(core.board?.waiting, 1);
  caller.abort();
  await answer;
  assert.equal(core.board?.waiting, 0);
  core.close();
});

Deno.test("transactions come after what they spend and name it", async () => {
  const { core, clock } = demoCore({ seed: "chained" });
  let chained = 0;
  for (let round = 0; round < 40; round++) {
    await clock.advance(5_000);
    const { transactions } = currentTemplate(core);
    assert(transactions.length <= 6);
    const answer = templateToJson(currentTemplate(core)) as unknown as TemplateAnswer;
    answer.transactions.forEach(({ depends }, i) => {
      assert(depends.every((position) => position >= 1 && position <= i));
      assert.deepEqual(depends, [...depends].sort((a, b) => a - b));
      chained += depends.length;
    });
    if (round % 2 === 1) core.miner.generate(1);
  }
  assert(chained > 0, "no transaction spent another's output");
  core.close();
});

Deno.test("the same seed and the same clock make the same chain", async () => {
  const run = async (seed: string) => {
    const { core, clock } = demoCore({ seed });
    await clock.advance(20_000);
    core.miner.generate(3);
    await clock.advance(20_000);
    core.close();
    return templateToJson(currentTemplate(core));
  };
  assert.deepEqual(await run("a"), await run("a"));
  assert.notDeepEqual(await run("a"), await run("b"));
});

Deno.test("without a miner address of this network there is no template", async () => {
  const { core } = demoCore({ minerAddress: "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY" });
  await assert.rejects(
    async () => await ask(core),
    /^RpcError: miner parameters are required for get_block_template$/,
  );
  core.close();
});
