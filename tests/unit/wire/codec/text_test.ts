import assert from "node:assert/strict";
import { bytesToHex } from "../../../../src/base/mod.ts";
import { STR0_255, STR0_64K, WireFault } from "../../../../src/wire/codec/mod.ts";
import { read, write } from "./_round_trip.ts";

Deno.test("text travels as UTF-8 with its length in bytes", () => {
  const table = [
    ["", "00"],
    ["abc", "03616263"],
    ["\u00e9", "02c3a9"],
    ["\u20bf", "03e282bf"],
    ["\u{1f6e1}", "04f09f9ba1"],
    ["\ufeffx", "04efbbbf78"],
  ] as const;
  for (const [text, hex] of table) {
    assert.equal(bytesToHex(write(STR0_255, text)), hex, JSON.stringify(text));
    assert.equal(read(STR0_255, hex), text, hex);
  }
});

Deno.test("bytes that are no UTF-8 are refused", () => {
  const wrong = {
    "a lone continuation byte": "0180",
    "a character that ends too early": "02e282",
    "an overlong form": "02c0af",
    "a surrogate": "03eda080",
    "a character past U+10FFFF": "04f4908080",
    "Latin-1": "01e9",
  };
  for (const [name, hex] of Object.entries(wrong)) {
    assert.throws(
      () => read(STR0_255, hex),
      (fault) => fault instanceof WireFault && fault.message === "not valid UTF-8",
      name,
    );
  }
});

Deno.test("the bound counts bytes, not characters", () => {
  assert.equal(STR0_255.measure("x".repeat(255)), 256);
  assert.throws(() => STR0_255.measure("x".repeat(256)), RangeError);
  assert.equal(STR0_255.measure("\u20bf".repeat(85)), 256);
  assert.throws(() => STR0_255.measure("\u20bf".repeat(86)), RangeError);
});

Deno.test("a text that has no UTF-8 form is not written", () => {
  assert.throws(() => STR0_255.measure("\ud800"), RangeError);
});

Deno.test("a peer's text cannot forge a log line or send terminal commands", () => {
  assert.equal(STR0_255.describe('a\n"b"\u001b[2J'), '"a\\n\\"b\\"\\u001b[2J"');
});

Deno.test("a text with two bytes of length is the same text", () => {
  assert.equal(bytesToHex(write(STR0_64K, "\u00e9")), "0200c3a9");
  assert.equal(read(STR0_64K, "0200c3a9"), "\u00e9");
  assert.equal(STR0_64K.measure("x".repeat(65_535)), 65_537);
  assert.throws(() => STR0_64K.measure("x".repeat(65_536)), RangeError);
});
