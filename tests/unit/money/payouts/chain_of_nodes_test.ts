import assert from "node:assert/strict";
import { hashFromDisplay } from "../../../../src/base/mod.ts";
import { RpcError } from "../../../../src/platform/rpc/mod.ts";
import { type NodeClient, type TransactionPlace } from "../../../../src/chain/node/mod.ts";
import { ChainOfNodes } from "../../../../src/money/payouts/mod.ts";

const TXID = "ab".repeat(32);
const BLOCK = "cd".repeat(32);

/** A node of which only what payments ask is there. */
class PaymentNode {
  chain = "main";
  height = 100;
  /** Marks its blocks. */
  fork = BLOCK;
  /** How far the node believes the network to be. */
  ahead = 0;
  down: RpcError | undefined;
  place: TransactionPlace | undefined;
  refusal: RpcError | undefined;
  readonly taken: string[] = [];
  readonly asked: string[] = [];

  get client(): NodeClient {
    const answer = <T>(method: string, value: () => T): Promise<T> => {
      this.asked.push(method);
      return this.down === undefined ? Promise.resolve(value()) : Promise.reject(this.down);
    };
    const client: Partial<NodeClient> = {
      getBlockchainInfo: () =>
        answer("tip", () => ({
          ...{ chain: this.chain, blocks: this.height, estimatedHeight: this.height + this.ahead },
          bestBlockHash: hashFromDisplay(this.fork),
          consensus: { chainTip: 0, nextBlock: 0 },
        })),
      getTransactionPlace: () => answer("transaction", () => this.place),
      getTransactionOutputs: () =>
        answer("outputs", () => this.place && [{ valueZat: 7n, script: Uint8Array.of(1) }]),
      getBlockHash: (height) =>
        answer(
          "hash",
          () => height > this.height ? undefined : hashFromDisplay(this.fork),
        ),
      zValidateAddress: () =>
        answer("address", () => ({ isValid: true, addressType: undefined, isScript: undefined })),
      sendRawTransaction: (bytes) =>
        answer("send", () => {
          if (this.refusal !== undefined) throw this.refusal;
          this.taken.push(bytes.toHex());
        }),
    };
    return client as NodeClient;
  }
}

const gone = (): RpcError => new RpcError("node", "unreachable", "nobody is there");

function twoNodes(): { first: PaymentNode; second: PaymentNode; chain: ChainOfNodes } {
  const [first, second] = [new PaymentNode(), new PaymentNode()];
  return { first, second, chain: new ChainOfNodes([first.client, second.client]) };
}

Deno.test("payments ask the first node, and the second while the first is away", async () => {
  const { first, second, chain } = twoNodes();
  first.place = {
    height: 90,
    confirmations: 11,
    blockHash: hashFromDisplay(BLOCK),
    expiryHeight: undefined,
  };
  assert.equal((await chain.tip()).height, 100);
  assert.deepEqual(await chain.transaction(TXID), { kind: "mined", height: 90, blockHash: BLOCK });
  assert.deepEqual(await chain.outputs(TXID), [{ valueZat: 7n, script: Uint8Array.of(1) }]);
  assert.equal(second.asked.includes("transaction"), false);
  assert.equal(second.asked.includes("outputs"), false);
  first.down = gone();
  await assert.rejects(chain.outputs(TXID), RpcError);
  second.height = 101;
  assert.equal((await chain.tip()).height, 101);
  assert.deepEqual(await chain.transaction(TXID), { kind: "absent" });
  assert.equal(await chain.outputs(TXID), undefined);
  first.down = undefined;
  first.height = 102;
  assert.equal((await chain.tip()).height, 102);
  assert.equal((await chain.transaction(TXID)).kind, "mined");
});

Deno.test("a node that fails decides nothing, and no other is asked beside its tip", async () => {
  const { first, second, chain } = twoNodes();
  await chain.tip();
  first.down = gone();
  await assert.rejects(
    chain.transaction(TXID),
    (thrown: unknown) => thrown instanceof RpcError && thrown.kind === "unreachable",
  );
  assert.equal(second.asked.includes("transaction"), false);
});

Deno.test("a node behind the others is left for one that is not", async () => {
  const { first, second, chain } = twoNodes();
  second.height = 102;
  assert.equal((await chain.tip()).height, 100, "two blocks are the network's delay");
  second.height = 103;
  assert.deepEqual({ height: 103, synced: true }, await heightOf(chain));
  second.ahead = 11;
  first.ahead = 11;
  assert.deepEqual({ height: 100, synced: false }, await heightOf(chain), "nobody is up to date");
  second.down = gone();
  first.ahead = 0;
  assert.deepEqual({ height: 100, synced: true }, await heightOf(chain));
});

async function heightOf(chain: ChainOfNodes): Promise<{ height: number; synced: boolean }> {
  const { height, synced } = await chain.tip();
  return { height, synced };
}

Deno.test("while two nodes that are up to date are on different chains, nothing is told of any", async () => {
  const { second, chain } = twoNodes();
  await chain.tip();
  second.fork = "ef".repeat(32);
  for (const height of [100, 90, 5, 0, 110, 3_000_000, 2 ** 31 - 1]) {
    second.height = height;
    await assert.rejects(chain.tip(), /different chains/, String(height));
    await assert.rejects(chain.transaction(TXID), RpcError, String(height));
  }
  // One that is behind, or away, is no witness.
  second.ahead = 11;
  assert.equal((await chain.tip()).height, 100);
  second.ahead = 0;
  second.down = gone();
  assert.equal((await chain.tip()).height, 100);
  second.down = undefined;
  second.fork = BLOCK;
  assert.deepEqual({ height: 2 ** 31 - 1, synced: true }, await heightOf(chain));
  // A height that the node's own estimate is far from is none.
  second.ahead = -1_001;
  assert.deepEqual({ height: 100, synced: false }, await heightOf(chain));
});

Deno.test("a payment is handed to every node, and taken when one takes it", async () => {
  const { first, second, chain } = twoNodes();
  first.refusal = new RpcError("node", "rpc", "no", { rpcCode: -25, rpcMessage: "missing inputs" });
  assert.deepEqual(await chain.broadcast("0102"), { kind: "taken" });
  assert.deepEqual(second.taken, ["0102"]);
  second.down = gone();
  assert.deepEqual(await chain.broadcast("0102"), { kind: "refused", reason: "missing inputs" });
  first.refusal = new RpcError("node", "rpc", "known", { rpcCode: -27, rpcMessage: "in chain" });
  assert.deepEqual(await chain.broadcast("0102"), { kind: "taken" });
  first.down = gone();
  await assert.rejects(chain.broadcast("0102"), RpcError);
});

Deno.test("where a transaction is: block, mempool, a block off the best chain, nowhere", async () => {
  const { first, chain } = twoNodes();
  const at = async (place: TransactionPlace | undefined): Promise<unknown> => {
    first.place = place;
    return await chain.transaction(TXID);
  };
  assert.deepEqual(await at(undefined), { kind: "absent" });
  const mempool = {
    height: undefined,
    confirmations: 0,
    blockHash: undefined,
    expiryHeight: undefined,
  };
  assert.deepEqual(await at(mempool), { kind: "mempool" });
  assert.deepEqual(await at({ ...mempool, height: -1 }), { kind: "absent" });
  assert.deepEqual(await at({ ...mempool, height: 7, confirmations: 3 }), {
    ...{ kind: "mined", height: 7, blockHash: BLOCK },
  });
});

Deno.test("a node of another network is asked for no payment, however high its chain", async () => {
  const [first, second] = [new PaymentNode(), new PaymentNode()];
  const chain = new ChainOfNodes([first.client, second.client], {
    fault: (info) => info.chain === "main" ? undefined : "It is on a test network",
  });
  first.chain = "test";
  first.height = 9_000;
  second.place = {
    height: 90,
    confirmations: 11,
    blockHash: hashFromDisplay(BLOCK),
    expiryHeight: undefined,
  };
  assert.equal((await chain.tip()).height, 100);
  assert.equal((await chain.transaction(TXID)).kind, "mined");
  assert.equal(first.asked.includes("transaction"), false);
  second.down = gone();
  await assert.rejects(chain.tip(), { name: "RpcError", message: /It is on a test network/ });
});
