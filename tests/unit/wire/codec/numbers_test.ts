import assert from "node:assert/strict";
import { bytesToHex } from "../../../../src/base/mod.ts";
import { BOOL, F32, U16, U24, U32, U64, U8, WireFault } from "../../../../src/wire/codec/mod.ts";
import { read, write } from "./_round_trip.ts";

Deno.test("unsigned numbers are written little-endian and read back", () => {
  const table = [
    { type: U8, value: 0, hex: "00" },
    { type: U8, value: 255, hex: "ff" },
    { type: U16, value: 0x0102, hex: "0201" },
    { type: U16, value: 65535, hex: "ffff" },
    { type: U24, value: 0x010203, hex: "030201" },
    { type: U24, value: 0xffffff, hex: "ffffff" },
    { type: U32, value: 0x01020304, hex: "04030201" },
    { type: U32, value: 0xffffffff, hex: "ffffffff" },
  ];
  for (const { type, value, hex } of table) {
    assert.equal(bytesToHex(write(type, value)), hex, `${type.name} ${value}`);
    assert.equal(read(type, hex), value, `${type.name} ${hex}`);
  }
});

Deno.test("a number that does not fit its type is refused before anything is written", () => {
  for (const type of [U8, U16, U24, U32]) {
    for (const value of [-1, 2 ** (8 * type.maxLength), 0.5, NaN, Infinity]) {
      assert.throws(() => type.measure(value), RangeError, `${type.name} ${value}`);
    }
  }
  for (const value of [-1n, 1n << 64n, 1 as unknown as bigint]) {
    assert.throws(() => U64.measure(value), RangeError, `U64 ${value}`);
  }
});

Deno.test("U64 keeps all of its bits", () => {
  assert.equal(bytesToHex(write(U64, 0x0102030405060708n)), "0807060504030201");
  assert.equal(read(U64, "ffffffffffffffff"), 0xffff_ffff_ffff_ffffn);
});

Deno.test("only bit 0 of a BOOL counts, and only bit 0 is written", () => {
  for (const [hex, value] of [["00", false], ["01", true], ["fe", false], ["ff", true]] as const) {
    assert.equal(read(BOOL, hex), value, hex);
  }
  assert.deepEqual([...write(BOOL, true), ...write(BOOL, false)], [1, 0]);
  assert.throws(() => BOOL.measure(1 as unknown as boolean), RangeError);
});

Deno.test("F32 is an IEEE single; infinities and NaN arrive as they are", () => {
  assert.equal(bytesToHex(write(F32, 100)), "0000c842");
  assert.equal(read(F32, "0000c842"), 100);
  assert.equal(read(F32, "0000807f"), Infinity);
  assert.equal(read(F32, "000080ff"), -Infinity);
  assert.ok(Number.isNaN(read(F32, "0000c07f")));
  assert.equal(read(F32, "01000000"), 2 ** -149, "the least subnormal");
  assert.equal(F32.describe(Infinity), "Infinity", "no JSON number, so a text");
});

Deno.test("a number that ends too early is a fault that counts the bytes", () => {
  assert.throws(
    () => read(U32, "010203"),
    (fault) => fault instanceof WireFault && fault.message === "needs 4 bytes, 3 left",
  );
});
