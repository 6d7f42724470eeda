import assert from "node:assert/strict";
import { bytesToHex } from "../../../../src/base/mod.ts";
import {
  B0_32,
  GROUP,
  OPTION,
  SEQ0_255,
  SEQ0_64K,
  STR0_255,
  TAIL,
  U16,
  U256,
  U32,
  U8,
  WireFault,
} from "../../../../src/wire/codec/mod.ts";
import { read, write } from "./_round_trip.ts";

Deno.test("a sequence has its count in front, in one or two bytes", () => {
  assert.equal(bytesToHex(write(SEQ0_255(U16), [1, 2])), "0201000200");
  assert.equal(bytesToHex(write(SEQ0_64K(U16), [1, 2])), "020001000200");
  assert.deepEqual(read(SEQ0_64K(U32), "0000"), []);
  assert.deepEqual(read(SEQ0_64K(STR0_255), "020001610162"), ["a", "b"]);
});

Deno.test("a count is compared with the bytes that are left before elements are read", () => {
  assert.throws(
    () => read(SEQ0_64K(U256), "ffff" + "00".repeat(64)),
    (fault) =>
      fault instanceof WireFault &&
      fault.message === "65535 elements need 2097120 bytes, 64 left",
  );
});

Deno.test("a fault inside a sequence names the element", () => {
  assert.throws(
    () => read(SEQ0_64K(B0_32), "0200" + "00" + "21" + "00".repeat(33)),
    (fault) => fault instanceof WireFault && fault.within === "[1]",
  );
});

Deno.test("a sequence takes as many elements as its count can say, and no more", () => {
  const elements = Array.from({ length: 255 }, () => 7);
  assert.equal(SEQ0_255(U16).measure(elements), 511);
  assert.throws(() => SEQ0_255(U16).measure([...elements, 7]), RangeError);
  assert.throws(() => SEQ0_64K(U16).measure(new Array(65_536).fill(7)), RangeError);
});

Deno.test("OPTION holds nothing or one value, and no other count", () => {
  assert.equal(bytesToHex(write(OPTION(U32), undefined)), "00");
  assert.equal(bytesToHex(write(OPTION(U32), 5)), "0105000000");
  assert.equal(read(OPTION(U32), "00"), undefined);
  assert.equal(read(OPTION(U32), "0105000000"), 5);
  for (const count of ["02", "ff"]) {
    assert.throws(() => read(OPTION(U32), count + "0500000005000000"), WireFault, count);
  }
});

Deno.test("a long sequence is cut in a log, with its count", () => {
  assert.equal(SEQ0_64K(U16).describe([1, 2]), "[1, 2]");
  const many = Array.from({ length: 9 }, (_, i) => i);
  assert.equal(SEQ0_64K(U16).describe(many), "[0, 1, 2, 3, 4, 5, 6, 7, ... (9 elements)]");
});

Deno.test("a last field that older peers leave out is absent where the bytes end", () => {
  const type = TAIL(U8);
  assert.equal(read(type, ""), undefined);
  assert.equal(read(type, "05"), 5);
  assert.equal(bytesToHex(write(type, undefined)), "");
  assert.equal(bytesToHex(write(type, 5)), "05");
});

Deno.test("a group's values follow one another, and its bounds are their sums", () => {
  const type = SEQ0_255(GROUP("PAIR", { first: U8, second: U16 }));
  const pairs = [{ first: 1, second: 2 }, { first: 3, second: 0x0504 }];
  assert.equal(bytesToHex(write(type, pairs)), "02010200030405");
  assert.deepEqual(read(type, "02010200030405"), pairs);
  assert.throws(() => read(type, "020102000304"), WireFault);
});
