import assert from "node:assert/strict";
import { TokenBook, type TokenPurse } from "../../../../src/mining/job_declaration/tokens.ts";
import { DeclarationRefusal } from "../../../../src/mining/job_declaration/refusal.ts";
import { DeclarationErrorCode, DeclarationMode } from "../../../../src/wire/protocol/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const MINER = { minerId: "a miner", workerName: "" };

function isOverloaded(error: unknown): boolean {
  return error instanceof DeclarationRefusal && error.answer === DeclarationErrorCode.overloaded;
}

Deno.test("a network gets as many tokens as it leaves for others, however many connections it has", () => {
  const limits = { lifetimeMs: 60_000, perClientMax: 4, totalMax: 64 };
  const book = new TokenBook(limits, { clock: new FakeClock(), random: seededRandom(1) });
  /** Opens connections and takes what each gets, until one gets nothing. */
  const takeAll = (network: string): { tokens: number; close: () => void } => {
    const purses: TokenPurse[] = [];
    let tokens = 0;
    for (;;) {
      const purse = book.open(network);
      purses.push(purse);
      try {
        for (let i = 0; i < limits.perClientMax; i++, tokens++) {
          purse.allocate(MINER, DeclarationMode.coinbaseOnly);
        }
      } catch (error) {
        assert(isOverloaded(error));
        return { tokens, close: () => purses.forEach((each) => each.close()) };
      }
    }
  };
  const first = takeAll("203.0.113.1");
  assert.equal(first.tokens, 32);
  assert.equal(takeAll("203.0.113.1").tokens, 0, "new connections bring no more");
  const second = takeAll("203.0.113.2");
  assert.equal(second.tokens, 16, "half of what is left");
  const honest = book.open("198.51.100.1");
  for (let i = 0; i < limits.perClientMax; i++) {
    honest.allocate(MINER, DeclarationMode.coinbaseOnly);
  }
  first.close();
  second.close();
  honest.close();
  assert.equal(book.count, 0);
  assert.equal(takeAll("203.0.113.1").tokens, 32, "what was given back is free again");
});

Deno.test("one network cannot take every place to declare full templates", () => {
  const limits = { lifetimeMs: 60_000, perClientMax: 4, totalMax: 1_000 };
  const book = new TokenBook(limits, { clock: new FakeClock(), random: seededRandom(1) });
  const declare = (network: string): TokenPurse => {
    const purse = book.open(network);
    purse.allocate(MINER, DeclarationMode.fullTemplate);
    return purse;
  };
  const taken: TokenPurse[] = [];
  assert.throws(() => {
    for (;;) taken.push(declare("203.0.113.1"));
  }, isOverloaded);
  assert.equal(taken.length, 16);
  const honest = declare("198.51.100.1");
  for (const purse of [...taken, honest]) purse.close();
  for (let i = 0; i < 16; i++) declare("203.0.113.1");
});
