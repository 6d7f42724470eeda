import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../../../../src/base/mod.ts";
import { parseBlock } from "../../../../src/demo/demo_node/_block.ts";
import {
  compactBits,
  expandBits,
  roundTarget,
} from "../../../../src/demo/demo_node/_compact_bits.ts";
import { answerBody } from "../../../../src/demo/demo_node/_json_rpc.ts";
import { RpcError } from "../../../../src/demo/demo_node/_rpc_error.ts";
import { heightOf, pushHeight } from "../../../../src/demo/demo_node/_script.ts";
import { makeTransaction, parseTransaction } from "../../../../src/demo/demo_node/_transaction.ts";
import { WireError } from "../../../../src/demo/demo_node/_wire.ts";
import { demoCore } from "./_demo_core.ts";
import { recordedBlocks } from "./_recorded.ts";

const ODD: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  NaN,
  "",
  "0",
  "-1",
  "00",
  "zz",
  "0".repeat(63),
  "0".repeat(64),
  "\u{1F993}",
  [],
  {},
  { mode: "proposal" },
  { mode: "proposal", data: "zz" },
  { mode: "proposal", data: "00" },
  { mode: "nosuch" },
  { data: "00" },
  { longpollid: 1 },
  { longpollid: "x".repeat(46) },
];

Deno.test("every call answers odd parameters, or refuses them with a declared error", async () => {
  const { core } = demoCore();
  core.miner.generate(2);
  const gone = AbortSignal.abort();
  for (const [name, method] of Object.entries(core.methods)) {
    for (const first of ODD) {
      for (const second of ODD) {
        try {
          await method([first, second], gone);
        } catch (error) {
          const call = `${name} ${JSON.stringify([first, second])}`;
          assert(error instanceof RpcError, `${call}: ${error}`);
          assert([-1, -5, -8, -22, -25, 0].includes(error.rpcCode), `${call}: ${error.rpcCode}`);
        }
      }
    }
  }
  core.close();
});

Deno.test("any body is answered with JSON or, for a notification, with nothing", async () => {
  const dispatch = () => Promise.resolve(1);
  await fc.assert(fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (text) => {
    const { body } = await answerBody(text, dispatch);
    if (body !== "") JSON.parse(body);
  }));
});

Deno.test("a fault of our own is an internal error of the call, not the end of the node", async () => {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "x" });
  const answer = await answerBody(body, () => Promise.reject(new Error("oh")));
  assert.equal(JSON.parse(answer.body).error.code, -32603);
});

Deno.test("a block with any bytes changed is read or refused, never misread", () => {
  const whole = hexToBytes(recordedBlocks("pow_testnet_nu7")[3]?.hex ?? "");
  const change = fc.record({ place: fc.nat(whole.length - 1), value: fc.nat(255) });
  fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
    const bytes = whole.slice();
    for (const { place, value } of changes) bytes[place] = value;
    try {
      parseBlock(bytes);
    } catch (error) {
      assert(error instanceof WireError, String(error));
    }
  }));
});

Deno.test("any transparent transaction is read back as it was written", () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const u32 = fc.nat(0xffff_ffff);
  const script = fc.uint8Array({ maxLength: 300 });
  const input = fc.record({
    previousTxid: hash,
    previousIndex: u32,
    scriptSig: script,
    sequence: u32,
  });
  const output = fc.record({
    valueZat: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    script,
  });
  const fields = fc.record({
    version: fc.constantFrom<5 | 6>(5, 6),
    branchId: u32,
    lockTime: u32,
    expiryHeight: u32,
    inputs: fc.array(input, { maxLength: 4 }),
    outputs: fc.array(output, { maxLength: 4 }),
  });
  fc.assert(fc.property(fields, (made) => {
    const written = makeTransaction(made);
    const read = parseTransaction(written.bytes);
    assert.equal(bytesToHex(read.txid), bytesToHex(written.txid));
    assert.equal(bytesToHex(read.authDigest), bytesToHex(written.authDigest));
    assert.equal(bytesToHex(makeTransaction(read).bytes), bytesToHex(written.bytes));
  }));
});

Deno.test("compact targets are never above what they were made of, and stay as they are", () => {
  fc.assert(fc.property(fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }), (target) => {
    const rounded = roundTarget(target);
    assert(rounded <= target && rounded > target - (target >> 14n) - 1n);
    assert.equal(roundTarget(rounded), rounded);
    assert.equal(expandBits(compactBits(target)), rounded);
  }));
});

Deno.test("any height is read back from its push", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 0x7fff_ffff }), (height) => {
    assert.equal(heightOf(pushHeight(height)), height);
  }));
});
