import assert from "node:assert/strict";
import { RecordedBlocks } from "../../../../src/service/pool/recorded_blocks.ts";
import { BLOCK_STATES } from "../../../../src/chain/blocks/mod.ts";
import { openStore } from "../../../../src/money/records/mod.ts";
import { blockOf } from "../../../compliance/store_suite.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

Deno.test("blocks in memory are followed as those of a ledger: until their fate is decided", async () => {
  const store = await openStore({ kind: "memory" }, { clock: new FakeClock() });
  const blocks = new RecordedBlocks(store);
  for (const [n, state] of BLOCK_STATES.entries()) {
    await store.recordBlock(blockOf(n + 1, { state, height: n + 1 }));
  }
  const states = async (fromHeight: number) =>
    (await blocks.watched(fromHeight, 100)).map(({ height, state }) => {
      assert.equal(state, BLOCK_STATES[height - 1]);
      return state;
    });
  const undecided = ["submitted", "accepted", "side_chain", "unknown", "immature"];
  assert.deepEqual(await states(100), undecided);
  assert.deepEqual((await states(0)).filter((each) => !undecided.includes(each)), [
    "rejected",
    "mature",
    "orphaned",
  ]);
  await store.close();
});
