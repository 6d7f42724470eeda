import assert from "node:assert/strict";
import { BranchReader } from "../../../../src/chain/chain_follower/mod.ts";
import { OpenPromises } from "../../../../src/service/pool/open_promises.ts";
import { numberedBytes } from "../../../support/pool_harness.ts";
import { settle } from "../../../support/fake_clock.ts";

const hashOf = (height: number) => numberedBytes(32, height);

function world() {
  const state = { open: 98 as number | undefined, isAway: false };
  const settled: number[][] = [];
  const forgotten: number[] = [];
  const events: string[] = [];
  const node = {
    url: "http://node",
    getBestBlockHeightAndHash: () =>
      state.isAway
        ? Promise.reject(new Error("the node is away"))
        : Promise.resolve({ height: 100, hash: hashOf(100) }),
    getBlockLinks: (hash: Uint8Array) => {
      const height = hash[0] as number;
      return Promise.resolve({
        height,
        previousBlockHash: hashOf(height - 1),
        coinbaseTxid: numberedBytes(32, 1_000 + height),
      });
    },
  };
  const promises = new OpenPromises({
    money: {
      openHeight: () => Promise.resolve(state.open),
      settle: (chain) => {
        settled.push(chain.map(({ height }) => height));
        return Promise.resolve();
      },
      forget: (height) => {
        forgotten.push(height);
        return Promise.resolve();
      },
    },
    branch: new BranchReader([node]),
    nodes: [node],
    logger: { log: (level, event) => void (level === "debug" || events.push(event)) },
  });
  return { state, settled, forgotten, events, promises };
}

Deno.test("what was promised in coinbases is settled from the chain after the mode was changed", async () => {
  const { state, settled, forgotten, promises } = world();
  promises.parentChanged(101);
  await settle();
  assert.deepEqual(settled, [[100, 99, 98]]);
  assert.deepEqual(forgotten, [100]);
  state.open = undefined;
  promises.parentChanged(102);
  await settle();
  assert.equal(settled.length, 1);
});

Deno.test("a node that is away is told of once, and the next tip is the next attempt", async () => {
  const { state, settled, events, promises } = world();
  state.isAway = true;
  for (const height of [101, 102, 103]) {
    promises.parentChanged(height);
    await settle();
  }
  assert.deepEqual(events.filter((event) => event === "promises_not_settled").length, 1);
  state.isAway = false;
  promises.parentChanged(104);
  await settle();
  assert.equal(settled.length, 1);
  assert.equal(events.at(-1), "promises_settled_again");
});
