import assert from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../../src/base/mod.ts";
import {
  B0_16M,
  B0_255,
  B0_32,
  B0_64K,
  bytes32,
  fixedBytes,
  MAC,
  PUBKEY,
  SIGNATURE,
  U256,
  WireFault,
  WireReader,
} from "../../../../src/wire/codec/mod.ts";
import { read, write } from "./_round_trip.ts";

Deno.test("a byte string has its length in front, in one, two or three bytes", () => {
  const bytes = hexToBytes("aabb");
  assert.equal(bytesToHex(write(B0_32, bytes)), "02aabb");
  assert.equal(bytesToHex(write(B0_255, bytes)), "02aabb");
  assert.equal(bytesToHex(write(B0_64K, bytes)), "0200aabb");
  assert.equal(bytesToHex(write(B0_16M, bytes)), "020000aabb");
  assert.equal(bytesToHex(read(B0_16M, "020000aabb")), "aabb");
});

Deno.test("each byte string takes its longest value and refuses one byte more", () => {
  for (const [type, longest] of [[B0_32, 32], [B0_255, 255], [B0_64K, 65_535]] as const) {
    assert.equal(type.maxLength, type.measure(new Uint8Array(longest)), type.name);
    assert.throws(() => type.measure(new Uint8Array(longest + 1)), RangeError, type.name);
  }
  assert.equal(B0_16M.measure(new Uint8Array(0xff_ffff)), B0_16M.maxLength);
  assert.throws(() => B0_16M.measure(new Uint8Array(0x100_0000)), RangeError);
});

Deno.test("B0_32 with a length of 33 is refused by its bound, even when the bytes are there", () => {
  assert.throws(
    () => read(B0_32, "21" + "00".repeat(33)),
    (fault) => fault instanceof WireFault && fault.message === "33 bytes, at most 32",
  );
});

Deno.test("a length that promises more than is left is refused without an allocation", () => {
  for (const [type, hex] of [[B0_64K, "ffff00"], [B0_16M, "ffffff00"]] as const) {
    assert.throws(() => read(type, hex), WireFault, type.name);
  }
});

Deno.test("fixed byte strings have their specified sizes and nothing else", () => {
  const table = [[U256, 32], [MAC, 16], [PUBKEY, 32], [SIGNATURE, 64], [fixedBytes(1344), 1344]];
  for (const [type, length] of table as [typeof U256, number][]) {
    assert.deepEqual([type.minLength, type.maxLength], [length, length], type.name);
    assert.throws(() => type.measure(new Uint8Array(length - 1)), RangeError, type.name);
    assert.throws(() => type.measure(new Uint8Array(length + 1)), RangeError, type.name);
  }
});

Deno.test("what is read is a view of the payload, not a copy", () => {
  const payload = hexToBytes("02aabb");
  const value = B0_32.read(new WireReader(payload));
  payload[1] = 0x11;
  assert.equal(bytesToHex(value), "11bb");
});

Deno.test("a reader of a subarray stays inside it", () => {
  const whole = hexToBytes("000000000102");
  const reader = new WireReader(whole.subarray(4));
  assert.equal(reader.u16(), 0x0201);
  assert.throws(() => reader.u8(), WireFault);
});

Deno.test("a long byte string is cut in a log, with its length", () => {
  assert.equal(fixedBytes(32).describe(new Uint8Array(32)), "00".repeat(32));
  assert.equal(
    fixedBytes(1344).describe(new Uint8Array(1344)),
    "00".repeat(32) + "... (1344 bytes)",
  );
});

Deno.test("bytes with four bytes of length are bounded by their declaration, not by 2^32", () => {
  const type = bytes32(3);
  assert.equal(bytesToHex(write(type, Uint8Array.of(7, 8))), "020000000708");
  assert.deepEqual(read(type, "020000000708"), Uint8Array.of(7, 8));
  for (const hex of ["0400000001020304", "ffffffff", "0200000007"]) {
    assert.throws(() => read(type, hex), WireFault, hex);
  }
  assert.throws(() => type.measure(new Uint8Array(4)), RangeError);
});
