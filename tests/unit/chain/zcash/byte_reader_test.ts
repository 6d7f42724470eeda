import assert from "node:assert/strict";
import fc from "fast-check";
import { hexToBytes } from "../../../../src/base/mod.ts";
import {
  ByteReader,
  encodeCompactSize,
  ZcashFormatError,
} from "../../../../src/chain/zcash/mod.ts";

Deno.test("a compact size is written shortest and read back", () => {
  const table: [number, string][] = [
    [0, "00"],
    [252, "fc"],
    [253, "fdfd00"],
    [1344, "fd4005"],
    [65_535, "fdffff"],
    [65_536, "fe00000100"],
    [0xffff_ffff, "feffffffff"],
  ];
  for (const [value, hex] of table) {
    assert.deepEqual(encodeCompactSize(value), hexToBytes(hex), `${value}`);
    assert.equal(new ByteReader(hexToBytes(hex)).compactSize("n"), value);
  }
  fc.assert(fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
    const reader = new ByteReader(encodeCompactSize(value));
    assert.equal(reader.compactSize("n"), value);
    assert.equal(reader.remaining, 0);
  }));
});

Deno.test("compact sizes that are longer than needed, cut, or too great are refused", () => {
  for (const hex of ["", "fd", "fdfc00", "fd00", "feffff0000", "fe000001", "ff0000000001000000"]) {
    const reader = new ByteReader(hexToBytes(hex));
    assert.throws(() => reader.compactSize("n"), { code: "zcash-format" }, hex);
  }
  for (const value of [-1, 0.5, 2 ** 32, Number.NaN]) {
    assert.throws(() => encodeCompactSize(value), RangeError, `${value}`);
  }
});

Deno.test("a count that cannot fit is refused before anything is made for it", () => {
  const reader = new ByteReader(hexToBytes("feffffffff00"));
  assert.throws(() => reader.count("transaction.inputs", 41), (error) => {
    assert.ok(error instanceof ZcashFormatError);
    assert.deepEqual([error.part, error.offset], ["transaction.inputs", 0]);
    assert.match(error.message, /4294967295 items of at least 41 bytes, 1 bytes left/);
    return true;
  });
});

Deno.test("numbers are little-endian, and reading beyond the end says where", () => {
  const reader = new ByteReader(hexToBytes("00ff0403020180ffffffffffffff"), 1);
  assert.equal(reader.u8("a"), 255);
  assert.equal(reader.u32("b"), 0x01020304);
  assert.equal(reader.i64("c"), -128n);
  assert.deepEqual([reader.offset, reader.remaining], [14, 0]);
  assert.throws(() => reader.u8("d"), {
    message: "Cannot read d at byte 14: 1 bytes expected, 0 left",
  });
});
