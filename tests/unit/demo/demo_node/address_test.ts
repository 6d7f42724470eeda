import assert from "node:assert/strict";
import { bytesToHex } from "../../../../src/base/mod.ts";
import { readTransparentAddress, scriptOf } from "../../../../src/demo/demo_node/_address.ts";
import { otherAddressKind } from "../../../../src/demo/demo_node/_shielded_address.ts";
import { readData } from "./_recorded.ts";
import { unified } from "../../../support/unified_addresses.ts";

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

Deno.test("transparent addresses are read with their network, kind and script", () => {
  for (const vector of vectors.transparent) {
    const address = readTransparentAddress(vector.address);
    assert(address !== undefined, vector.address);
    assert.equal(address.kind, vector.type);
    assert.equal(address.network, vector.network.startsWith("main") ? "main" : "test");
    assert.equal(bytesToHex(address.hash), vector.hash160);
    assert.equal(bytesToHex(scriptOf(address)), vector.script_pubkey);
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

Deno.test("Sapling, Unified and TEX addresses of Testnet are told by their form, others refused", () => {
  const counts = new Map<string, number>();
  for (const { address, type, network } of vectors.other) {
    const expected = network === "testnet" && type !== "sprout" ? type.split(" ")[0] : undefined;
    assert.equal(otherAddressKind(address), expected, `${network} ${type} ${address}`);
    counts.set(String(expected), (counts.get(String(expected)) ?? 0) + 1);
  }
  assert.deepEqual([...counts.keys()].sort(), ["sapling", "tex", "undefined", "unified"]);
  for (const { address } of [...vectors.transparent, ...vectors.invalid]) {
    assert.equal(otherAddressKind(address), undefined, address);
  }
});

Deno.test("both revisions of Unified Addresses are told by their rules", () => {
  const table: [boolean, string, Parameters<typeof unified>[0]][] = [
    [true, "utest", [[3, 43], [4, 7]]],
    [false, "utest", [[3, 43], [0xe0, 4]]],
    [false, "utest", [[3, 43], [0xfc, 1]]],
    [false, "utest", [[0, 20], [0xc0, 40]]],
    [true, "zutest", [[2, 43], [0xdf, 1], [0xe0, 4], [0xe1, 8]]],
    [false, "zutest", [[0, 20], [3, 43]]],
    [false, "zutest", [[3, 43], [0xe2, 1]]],
    [false, "zutest", [[3, 43], [0xe0, 5]]],
    [true, "tutest", [[1, 20], [0xe1, 8]]],
    [true, "tutest", [[3, 43]]],
    [false, "tutest", [[0, 20], [1, 20]]],
    [false, "tutest", [[0xc0, 60]]],
    [false, "zu", [[3, 43]]],
    [false, "turegtest", [[3, 43]]],
  ];
  for (const [good, prefix, items] of table) {
    const kind = otherAddressKind(unified(items, { prefix }));
    assert.equal(kind, good ? "unified" : undefined, `${prefix} ${JSON.stringify(items)}`);
  }
});

Deno.test("a Unified Address with one character changed is none", () => {
  const unified = vectors.other.find(({ type, network }) =>
    type.startsWith("unified") && network === "testnet"
  );
  const address = unified?.address ?? "";
  assert(address.length > 50);
  for (let i = 0; i < address.length; i++) {
    const other = address[i] === "q" ? "p" : "q";
    const changed = address.slice(0, i) + other + address.slice(i + 1);
    assert.equal(otherAddressKind(changed), undefined, changed);
  }
});
