import assert from "node:assert/strict";
import { bytesToHex } from "../../../src/base/mod.ts";
import { NoncePrefixes } from "../../../src/channels/mod.ts";

const zeros = { bytes: (length: number): Uint8Array => new Uint8Array(length) };
const ones = { bytes: (length: number): Uint8Array => new Uint8Array(length).fill(0xff) };

function allocate(prefixes: NoncePrefixes): Uint8Array {
  const prefix = prefixes.tryAllocate();
  assert.ok(prefix !== undefined);
  return prefix;
}

Deno.test("nonce prefixes of live channels never repeat and run out at the size of the space", () => {
  const prefixes = new NoncePrefixes(1, zeros);
  const seen = new Set<string>();
  for (let i = 0; i < 256; i++) seen.add(bytesToHex(allocate(prefixes)));
  assert.equal(seen.size, 256);
  assert.equal(prefixes.tryAllocate(), undefined);
});

Deno.test("a released nonce prefix rests until the parent block changes", () => {
  const prefixes = new NoncePrefixes(1, zeros);
  const all = Array.from({ length: 256 }, () => allocate(prefixes));
  const released = all[7] as Uint8Array;
  prefixes.release(released);
  assert.equal(prefixes.live, 255);
  assert.equal(prefixes.tryAllocate(), undefined);
  prefixes.parentChanged();
  assert.deepEqual(allocate(prefixes), released);
});

Deno.test("releasing a nonce prefix twice gives it to one channel only", () => {
  const prefixes = new NoncePrefixes(1, zeros);
  const first = allocate(prefixes);
  prefixes.release(first);
  prefixes.release(first);
  prefixes.parentChanged();
  const seen = Array.from({ length: 256 }, () => bytesToHex(allocate(prefixes)));
  assert.equal(new Set(seen).size, 256);
});

Deno.test("nonce prefixes go round at the end of the space", () => {
  const prefixes = new NoncePrefixes(4, ones);
  assert.equal(bytesToHex(allocate(prefixes)), "ffffffff");
  assert.equal(bytesToHex(allocate(prefixes)), "00000000");
});

Deno.test("a nonce prefix length outside 1 to 31 is refused", () => {
  for (const length of [0, 32, -1, 1.5, NaN]) {
    assert.throws(() => new NoncePrefixes(length, zeros), RangeError, String(length));
  }
});
