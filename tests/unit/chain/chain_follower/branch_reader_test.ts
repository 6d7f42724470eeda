import assert from "node:assert/strict";
import { displayHash } from "../../../../src/base/mod.ts";
import {
  type BranchBlock,
  BranchError,
  type BranchNode,
  BranchReader,
} from "../../../../src/chain/chain_follower/mod.ts";

const hashOf = (branch: number, height: number): Uint8Array => {
  const hash = new Uint8Array(32).fill(branch);
  new DataView(hash.buffer).setUint32(0, height);
  return hash;
};

/** A node whose best chain leaves branch 1 at a height for branch 2. */
class ForkedNode implements BranchNode {
  readonly url = "http://node";
  asked = 0;
  forkAt = Infinity;
  failure: Error | undefined;

  at(height: number): Uint8Array {
    return hashOf(height >= this.forkAt ? 2 : 1, height);
  }

  getBlockLinks(hash: Uint8Array) {
    this.asked++;
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const height = new DataView(hash.buffer).getUint32(0);
    const isBest = displayHash(hash) === displayHash(this.at(height));
    return Promise.resolve(
      isBest
        ? {
          height,
          previousBlockHash: height === 0 ? undefined : this.at(height - 1),
          coinbaseTxid: new Uint8Array(32).fill(height),
        }
        : undefined,
    );
  }
}

const heights = async (blocks: AsyncIterable<BranchBlock>): Promise<number[]> =>
  (await Array.fromAsync(blocks)).map(({ height }) => height);

Deno.test("a branch is read down to a height, and a new tip costs one question", async () => {
  const node = new ForkedNode();
  const reader = new BranchReader([node]);
  assert.deepEqual(await heights(reader.down(node.at(5), 2)), [5, 4, 3, 2]);
  assert.equal(node.asked, 4);
  assert.deepEqual(await heights(reader.down(node.at(6), 2)), [6, 5, 4, 3, 2]);
  assert.equal(node.asked, 5);
  assert.deepEqual(await heights(reader.down(node.at(1), 0)), [1, 0], "down to the genesis block");
  assert.deepEqual(await heights(reader.down(node.at(4), 5)), [], "nothing is asked for above it");
});

Deno.test("after a reorganisation the blocks of the new branch are read, and no others", async () => {
  const node = new ForkedNode();
  const reader = new BranchReader([node]);
  await heights(reader.down(node.at(9), 0));
  node.forkAt = 7;
  const blocks = await Array.fromAsync(reader.down(node.at(9), 5));
  assert.deepEqual(blocks.map(({ hash }) => hash[31]), [2, 2, 2, 1, 1]);
  assert.equal(node.asked, 13);
});

Deno.test("a node that does not have a block leaves it to the next one", async () => {
  const [away, former, node] = [new ForkedNode(), new ForkedNode(), new ForkedNode()];
  away.failure = new Error("it is away");
  node.forkAt = 3;
  const reader = new BranchReader([away, former, node]);
  assert.deepEqual(await heights(reader.down(node.at(4), 2)), [4, 3, 2]);
  await assert.rejects(
    heights(new BranchReader([away, former]).down(node.at(4), 2)),
    (error) => error instanceof BranchError && /it is away; .*best chain$/.test(error.message),
  );
});

Deno.test("what is remembered is bounded", async () => {
  const node = new ForkedNode();
  const reader = new BranchReader([node]);
  assert.equal((await heights(reader.down(node.at(2_500), 1))).length, 2_500);
  await heights(reader.down(node.at(2_000), 1));
  assert.equal(node.asked, 2_500, "the last 2,000 are remembered");
  await heights(reader.down(node.at(2_500), 2_401));
  assert.equal(node.asked, 2_600, "those before them are asked for again");
});
