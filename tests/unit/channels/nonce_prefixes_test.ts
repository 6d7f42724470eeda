import assert from "node:assert/strict";
import { bytesToHex } from "../../../src/base/mod.ts";
import { NoncePrefixes, NoncePrefixesExhausted } from "../../../src/channels/mod.ts";

const zeros = { bytes: (length: number): Uint8Array => new Uint8Array(length) };
const ones = { bytes: (length: number): Uint8Array => new Uint8Array(length).fill(0xff) };

Deno.test("nonce prefixes of live channels never repeat and run out at the size of the space", () => {
  const prefixes = new NoncePrefixes(1, zeros);
  const seen = new Set<string>();
  for (let i = 0; i < 256; i++) seen.add(bytesToHex(prefixes.allocate()));
  assert.equal(seen.size, 256);
  assert.throws(() => prefixes.allocate(), NoncePrefixesExhausted);
});

Deno.test("a released nonce prefix rests until the parent block changes", () => {
  const prefixes = new NoncePrefixes(1, zeros);
  const all = Array.from({ length: 256 }, () => prefixes.allocate());
  const released = all[7] as Uint8Array;
  prefixes.release(released);
  assert.equal(prefixes.live, 255);
  assert.throws(() => prefixes.allocate(), NoncePrefixesExhausted);
  prefixes.parentChanged();
  assert.deepEqual(prefixes.allocate(), released);
});

Deno.test("releasing a nonce prefix twice gives it to one channel only", () => {
  const prefixes = new NoncePrefixes(1, zeros);
  const first = prefixes.allocate();
  prefixes.release(first);
  prefixes.release(first);
  prefixes.parentChanged();
  const seen = Array.from({ length: 256 }, () => bytesToHex(prefixes.allocate()));
  assert.equal(new Set(seen).size, 256);
});

Deno.test("nonce prefixes go round at the end of the space", () => {
  const prefixes = new NoncePrefixes(4, ones);
  assert.equal(bytesToHex(prefixes.allocate()), "ffffffff");
  assert.equal(bytesToHex(prefixes.allocate()), "00000000");
});

Deno.test("a nonce prefix length outside 1 to 31 is refused", () => {
  for (const length of [0, 32, -1, 1.5, NaN]) {
    assert.throws(() => new NoncePrefixes(length, zeros), RangeError, String(length));
  }
});
