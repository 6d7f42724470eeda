import assert from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../../src/base/mod.ts";
import {
  countSigops,
  heightOf,
  lastPush,
  openScriptSig,
  pushHeight,
  spendsOpenScript,
} from "../../../../src/demo/demo_node/_script.ts";
import { readData } from "./_recorded.ts";

Deno.test("heights are pushed in the shortest form and read back", () => {
  const rows: readonly [number, string][] = [
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
    [4_465_026, "03822144"],
  ];
  for (const [height, hex] of rows) {
    assert.equal(bytesToHex(pushHeight(height)), hex);
    assert.equal(heightOf(hexToBytes(`${hex}04f09fa693`)), height);
  }
});

Deno.test("the heights of real coinbases are read", () => {
  const { blocks } = readData<{ blocks: { height: number; coinbase_script_sig: string }[] }>(
    "zcash/blocks",
  );
  for (const { height, coinbase_script_sig } of blocks.filter((block) => block.height > 0)) {
    assert.equal(heightOf(hexToBytes(coinbase_script_sig)), height);
  }
});

Deno.test("heights in a longer form, negative or cut short are none", () => {
  for (const hex of ["", "00", "0101", "0110", "027f00", "0180", "03ff", "4c0111", "4f", "76"]) {
    assert.equal(heightOf(hexToBytes(hex)), undefined, hex);
  }
});

Deno.test("signature checks are counted, those in pushed bytes are not", () => {
  const rows: readonly [string, boolean, number][] = [
    ["76a914000000000000000000000000000000000000000088ac", false, 1],
    ["a914da1745e9b549bd0bfa1a569971c77eba30cd5a4b87", false, 0],
    ["02acacac", false, 1],
    ["ad", false, 1],
    ["52ae", false, 20],
    ["52ae", true, 2],
    ["60af", true, 16],
    ["ae", true, 20],
    ["4c02acacac", false, 1],
    ["4d0100acac", false, 1],
    ["ac4e05000000ac", false, 1],
  ];
  for (const [hex, exact, count] of rows) {
    assert.equal(countSigops(hexToBytes(hex), exact), count, hex);
  }
});

Deno.test("only pushes that end in the right script open the open script", () => {
  assert(spendsOpenScript(hexToBytes("0151")));
  assert(spendsOpenScript(openScriptSig(new Uint8Array(8))));
  assert(spendsOpenScript(openScriptSig(new Uint8Array(80))));
  for (
    const hex of ["", "51", "0152", "015100", "00", "0251", "4c0251", "61010151", "01510151ac"]
  ) {
    assert.equal(spendsOpenScript(hexToBytes(hex)), false, hex);
  }
  assert.deepEqual(lastPush(hexToBytes("0102020304")), hexToBytes("0304"));
});
