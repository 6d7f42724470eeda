import assert from "node:assert/strict";
import { bytesToHex, displayHash } from "../../../../src/base/mod.ts";
import { Chain } from "../../../../src/demo/demo_node/_chain.ts";
import { ForeignMiner } from "../../../../src/demo/demo_node/_foreign_miner.ts";
import { makeGenesis } from "../../../../src/demo/demo_node/_genesis.ts";
import { Mempool } from "../../../../src/demo/demo_node/_mempool.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { demoCore, demoRules } from "./_demo_core.ts";

Deno.test("a branch with more work takes over, and what was mined waits again", () => {
  const { core } = demoCore();
  const mined = core.miner.generate(2).flatMap((block) => block.transactions.slice(1));
  assert(mined.length >= 3);
  const [fork] = core.chain.tip.lineage(2).slice(1);
  const branch = core.miner.reorganise(1);
  assert.equal(core.chain.tip, branch.at(-1));
  assert.equal(branch[0]?.parent, fork);
  const waiting = new Set(core.mempool.transactions.map((p) => bytesToHex(p.transaction.txid)));
  // Only the second block was undone; its transactions wait again.
  const undone = core.chain.tip.height === 3 ? mined.slice(-3) : [];
  assert(undone.length > 0 && undone.every(({ txid }) => waiting.has(bytesToHex(txid))));
  core.close();
});

Deno.test("of two branches with the same work the first one stays", () => {
  const { core } = demoCore();
  const [first] = core.miner.generate(1);
  const changes: number[] = [];
  core.chain.onTip(({ tip }) => changes.push(tip.height));
  const [side] = core.miner.reorganise(1);
  assert(first !== undefined && side !== undefined);
  // The side branch's first block changed nothing; its second one did.
  assert.deepEqual(changes, [2]);
  assert.equal(core.chain.find(first.hash), first);
  assert.equal(core.chain.isBest(first), false);
  core.close();
});

Deno.test("asking for a block off the best chain says so", () => {
  const { core } = demoCore();
  const [lost] = core.miner.generate(1);
  core.miner.reorganise(1);
  const hash = displayHash(lost?.hash ?? new Uint8Array(32));
  const { signal } = new AbortController();
  for (const method of ["getblock", "getblockheader"]) {
    assert.throws(
      () => core.methods[method]?.([hash], signal),
      { rpcCode: -5, message: "block height not in best chain" },
    );
  }
  assert.throws(() => core.methods.getblock?.([hash, 0], signal), { rpcCode: -8 });
  core.close();
});

Deno.test("difficulty follows the times of a longer chain", async () => {
  const { core, clock } = demoCore({ transactionIntervalMs: 0 });
  const limit = core.chain.rules.powLimit;
  for (let i = 0; i < 110; i++) {
    core.miner.generate(1);
    await clock.advance(1_000);
  }
  core.board?.rebuild();
  const target = core.board?.current.target ?? 0n;
  assert(target < limit * 90n / 100n, "blocks of one second did not make it harder");
  core.close();
});

Deno.test("old blocks are forgotten, the first one is not", () => {
  const rules = demoRules();
  const clock = new FakeClock();
  const kept = 120;
  const chain = new Chain(rules, makeGenesis({ rules, time: 1_789_000_000, seed: "old" }), kept);
  const random = seededRandom(1);
  const miner = new ForeignMiner({ chain, mempool: new Mempool(chain), clock, random });
  const [first] = miner.generate(1);
  assert(first !== undefined);
  miner.generate(kept);
  assert.equal(chain.find(first.hash), first);
  miner.generate(1);
  assert.equal(chain.find(first.hash), undefined);
  assert.equal(chain.at(1), undefined);
  assert.equal(chain.at(0), chain.genesis);
  assert.equal(chain.find(chain.genesis.hash), chain.genesis);
  assert.equal(chain.tip.lineage(Infinity).length, kept + 1);
});
