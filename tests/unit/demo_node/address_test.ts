import assert from "node:assert/strict";
import { bytesToHex } from "../../../src/base/mod.ts";
import {
  readTransparentAddress,
  scriptOf,
  writeTransparentAddress,
} from "../../../src/demo_node/_address.ts";
import { readData } from "./_recorded.ts";

interface Vectors {
  readonly transparent: readonly {
    address: string;
    network: string;
    type: string;
    hash160: string;
    script_pubkey: string;
  }[];
  readonly other: readonly { address: string; type: string; network: string }[];
  readonly invalid: readonly { address: string }[];
}

const vectors = readData<Vectors>("zcash/addresses");

Deno.test("transparent addresses are read with their network, kind and script, and written back", () => {
  for (const vector of vectors.transparent) {
    const address = readTransparentAddress(vector.address);
    assert(address !== undefined, vector.address);
    assert.equal(address.kind, vector.type);
    assert.equal(address.network, vector.network.startsWith("main") ? "main" : "test");
    assert.equal(bytesToHex(address.hash), vector.hash160);
    assert.equal(bytesToHex(scriptOf(address)), vector.script_pubkey);
    assert.equal(writeTransparentAddress(address), vector.address);
  }
});

Deno.test("no other text is a transparent address", () => {
  const texts = [...vectors.other, ...vectors.invalid].map(({ address }) => address);
  for (const text of [...texts, "", "t", "garbage", "0".repeat(35), "1".repeat(1_000)]) {
    assert.equal(readTransparentAddress(text), undefined, text);
  }
});

Deno.test("an address with one character changed is none", () => {
  const address = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v";
  for (let i = 0; i < address.length; i++) {
    const other = address[i] === "2" ? "3" : "2";
    const changed = address.slice(0, i) + other + address.slice(i + 1);
    assert.equal(readTransparentAddress(changed), undefined, changed);
  }
});
