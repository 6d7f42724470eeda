import assert from "node:assert/strict";
import { bytesToHex, displayHash, hexToBytes } from "../../../../src/base/mod.ts";
import { BlockRefusal } from "../../../../src/demo/demo_node/_refusal.ts";
import { OPEN_SCRIPT, openScriptSig } from "../../../../src/demo/demo_node/_script.ts";
import {
  makeTransaction,
  type TransactionFields,
} from "../../../../src/demo/demo_node/_transaction.ts";
import { demoCore } from "./_demo_core.ts";
import { recordedBlocks } from "./_recorded.ts";

const never = new AbortController().signal;
type Core = ReturnType<typeof demoCore>["core"];

function ask(core: Core, method: string, params: unknown[] = []): unknown {
  return core.methods[method]?.(params, never);
}

/** A right transaction that spends the first open output, but for what a test changes. */
function spendOf(core: Core, changes: Partial<TransactionFields> = {}) {
  const [entry] = core.mempool.spendable();
  assert(entry !== undefined);
  const [key, output] = entry;
  const bytes = hexToBytes(key);
  return makeTransaction({
    version: 5,
    branchId: 0x77190ad9,
    lockTime: 0,
    expiryHeight: 0,
    inputs: [{
      previousTxid: bytes.slice(0, 32),
      previousIndex: new DataView(bytes.buffer, bytes.byteOffset).getUint32(32, true),
      scriptSig: openScriptSig(new Uint8Array(3)),
      sequence: 0xffff_ffff,
    }],
    outputs: [{ valueZat: output.valueZat - 2_000n, script: OPEN_SCRIPT }],
    ...changes,
  });
}

Deno.test("a transaction that is sent waits, is shown, is mined and is gone", () => {
  const { core } = demoCore({ transactionIntervalMs: 0 });
  const transaction = spendOf(core);
  const txid = displayHash(transaction.txid);
  const hex = bytesToHex(transaction.bytes);
  assert.equal(ask(core, "sendrawtransaction", [hex]), txid);
  assert.deepEqual(ask(core, "getrawmempool"), [txid]);
  const verbose = ask(core, "getrawmempool", [true]) as Record<string, { fee: number }>;
  assert.equal(verbose[txid]?.fee, 0.00002);
  assert.deepEqual(ask(core, "getmempoolinfo"), {
    size: 1,
    bytes: transaction.bytes.length,
    usage: transaction.bytes.length,
  });
  assert.equal(ask(core, "getrawtransaction", [txid]), hex);
  const [block] = core.miner.generate(1);
  assert.deepEqual(ask(core, "getrawmempool"), []);
  const mined = ask(core, "getrawtransaction", [txid, 1]) as Record<string, unknown>;
  assert.equal(mined.height, 1);
  assert.equal(mined.confirmations, 1);
  assert.equal(mined.hex, hex);
  assert.equal(mined.blockhash, displayHash(block?.hash ?? new Uint8Array(32)));
  core.close();
});

Deno.test("gettxout shows what is unspent, in the chain and in the mempool", () => {
  const { core } = demoCore({ transactionIntervalMs: 0 });
  const transaction = spendOf(core);
  const txid = displayHash(transaction.txid);
  core.mempool.add(transaction);
  const spent = displayHash(transaction.inputs[0]?.previousTxid ?? new Uint8Array(32));
  const index = transaction.inputs[0]?.previousIndex ?? 0;
  assert.equal(ask(core, "gettxout", [spent, index]), null);
  assert.notEqual(ask(core, "gettxout", [spent, index, false]), null);
  assert.equal(ask(core, "gettxout", [txid, 0, false]), null);
  const pending = ask(core, "gettxout", [txid, 0]) as Record<string, unknown>;
  assert.equal(pending.confirmations, 0);
  const [block] = core.miner.generate(1);
  const coinbase = displayHash(block?.txids[0] ?? new Uint8Array(32));
  const reward = ask(core, "gettxout", [coinbase, 0]) as Record<string, unknown>;
  assert.equal(reward.coinbase, true);
  assert.equal(reward.value, 1.66666668 + 0.000008);
  assert.equal(ask(core, "gettxout", [coinbase, 9]), null);
  core.close();
});

Deno.test("what could not be mined is not taken in", () => {
  const { core } = demoCore({ transactionIntervalMs: 0 });
  const right = spendOf(core);
  const output = right.outputs[0];
  assert(output !== undefined);
  const rows: readonly [string, Partial<TransactionFields>][] = [
    ["a fee below the least", { outputs: [{ ...output, valueZat: output.valueZat + 1n }] }],
    ["no fee", { outputs: [{ ...output, valueZat: output.valueZat + 2_000n }] }],
    ["more than there is", { outputs: [{ ...output, valueZat: output.valueZat * 2n }] }],
    ["three actions for the fee of two", { outputs: [output, output, output] }],
    ["another branch", { branchId: 0xc8e71055 }],
    ["a lock", { lockTime: 2, inputs: right.inputs.map((i) => ({ ...i, sequence: 0 })) }],
  ];
  for (const [name, changes] of rows) {
    assert.throws(() => core.mempool.add(spendOf(core, changes)), BlockRefusal, name);
  }
  core.mempool.add(right);
  assert.throws(() => core.mempool.add(right), BlockRefusal, "spent already");
  const coinbase = hexToBytes(recordedBlocks("pow_testnet_nu7")[5]?.hex ?? "").slice(1488);
  assert.throws(
    () => ask(core, "sendrawtransaction", [bytesToHex(coinbase)]),
    { rpcCode: -25 },
  );
  assert.throws(() => ask(core, "sendrawtransaction", ["00"]), { rpcCode: -22 });
  core.close();
});

Deno.test("transactions keep coming, and their supply neither grows without end nor runs dry", async () => {
  const { core, clock } = demoCore({ seed: "long" });
  let mined = 0;
  for (let round = 0; round < 200; round++) {
    const [block] = core.miner.generate(1);
    mined += (block?.transactions.length ?? 1) - 1;
    assert(core.mempool.transactions.length >= 3, `round ${round}`);
    if (round % 4 === 0) await clock.advance(4_000);
    assert(core.chain.tip.unspent.size < 80, `${core.chain.tip.unspent.size} outputs`);
  }
  assert(mined >= 600);
  core.close();
});

Deno.test("an expired transaction leaves the mempool", () => {
  const { core } = demoCore({ transactionIntervalMs: 0 });
  core.mempool.add(spendOf(core, { expiryHeight: 1 }));
  core.mempool.add(spendOf(core, { expiryHeight: 2 }));
  // A block without them: the time of one of them is over.
  core.miner.generate(1, true);
  assert.deepEqual(core.mempool.transactions.map((p) => p.transaction.expiryHeight), [2]);
  core.miner.generate(1, true);
  assert.equal(core.mempool.transactions.length, 0);
  core.close();
});
