import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesToHex, concatBytes, hexToBytes } from "../../../../src/base/mod.ts";
import {
  countSigops,
  heightOfCoinbaseScript,
  heightPush,
  p2pkhScript,
  p2shScript,
  paymentForm,
  pushScript,
} from "../../../../src/chain/zcash/mod.ts";
import { readVectors, type TransactionVector } from "../../../vectors/zcash/_data.ts";

Deno.test("heights are pushed in their one minimal form", () => {
  const table: [number, string][] = [
    [1, "51"],
    [16, "60"],
    [17, "0111"],
    [127, "017f"],
    [128, "028000"],
    [255, "02ff00"],
    [256, "020001"],
    [32_767, "02ff7f"],
    [32_768, "03008000"],
    [8_388_607, "03ffff7f"],
    [8_388_608, "0400008000"],
    [499_999_999, "04ff64cd1d"],
  ];
  for (const [height, hex] of table) {
    assert.equal(bytesToHex(heightPush(height)), hex, `${height}`);
    assert.equal(heightOfCoinbaseScript(hexToBytes(hex + "08")), height, hex);
  }
});

Deno.test("any height is read back, with anything behind it", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 499_999_999 }),
    fc.uint8Array({ maxLength: 95 }),
    (height, rest) => {
      const script = concatBytes(heightPush(height), rest);
      assert.equal(heightOfCoinbaseScript(script), height);
    },
  ));
});

Deno.test("the derived coinbases of all heights start as they should", () => {
  const { vectors } = readVectors<{ vectors: TransactionVector[] }>("coinbase_digests");
  const rows = vectors.filter(({ name }) => name?.startsWith("height "));
  assert.equal(rows.length, 12);
  for (const { name, tx } of rows) {
    const height = Number(name?.split(" ")[1]);
    // 20 bytes of header, the input count, 36 of outpoint, the script's length.
    assert.equal(heightOfCoinbaseScript(hexToBytes(tx).subarray(58)), height, name);
  }
});

Deno.test("scripts that start with no minimal height have none", () => {
  for (
    const hex of ["", "00", "0110", "0100", "01ff", "0211", "021100", "03ffff", "0500000000010a"]
  ) {
    assert.equal(heightOfCoinbaseScript(hexToBytes(hex)), undefined, hex);
  }
});

Deno.test("only the two standard forms of payment are known", () => {
  const hash = new Uint8Array(20).fill(7);
  assert.equal(paymentForm(p2pkhScript(hash)), "p2pkh");
  assert.equal(paymentForm(p2shScript(hash)), "p2sh");
  for (const script of [p2pkhScript(hash), p2shScript(hash)]) {
    for (let i = 0; i < script.length; i++) {
      const inHash = paymentForm(script) === "p2pkh" ? i >= 3 && i < 23 : i >= 2 && i < 22;
      const changed = script.slice();
      changed[i] = 1;
      assert.equal(paymentForm(changed) === undefined, !inHash, `byte ${i}`);
    }
    assert.equal(paymentForm(script.subarray(1)), undefined);
  }
});

Deno.test("signature operations are counted outside of pushes only", () => {
  const table: [string, number][] = [
    ["", 0],
    ["ac", 1],
    ["adac", 2],
    ["ae", 20],
    ["52ae51af", 40],
    ["03acacac", 0],
    ["03acacacac", 1],
    ["4c02acacac", 1],
    ["4d0200acacac", 1],
    ["4e02000000acacac", 1],
    ["4f50acac", 2],
    ["05ac", 0],
    ["4d", 0],
    ["4effffffffac", 0],
    [bytesToHex(p2pkhScript(new Uint8Array(20).fill(0xac))), 1],
    [bytesToHex(p2shScript(new Uint8Array(20).fill(0xac))), 0],
  ];
  for (const [hex, count] of table) assert.equal(countSigops(hexToBytes(hex)), count, hex);
});

Deno.test("a push of nothing or of more than 75 bytes has no short form", () => {
  assert.equal(bytesToHex(pushScript(hexToBytes("aabb"))), "02aabb");
  assert.equal(pushScript(new Uint8Array(75)).length, 76);
  for (const length of [0, 76]) {
    assert.throws(() => pushScript(new Uint8Array(length)), RangeError);
  }
});
