import assert from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../../src/base/mod.ts";
import { decodeFrameHeader, writeFrameHeader } from "../../../../src/wire/codec/mod.ts";

const CASES = [
  { hex: "000000000000", extensionType: 0, channelMsg: false, msgType: 0, length: 0 },
  { hex: "00801b280000", extensionType: 0, channelMsg: true, msgType: 0x1b, length: 40 },
  { hex: "5ac520980000", extensionType: 0x455a, channelMsg: true, msgType: 0x20, length: 152 },
  { hex: "010000ffffff", extensionType: 1, channelMsg: false, msgType: 0, length: 0xffffff },
  { hex: "ffffff010203", extensionType: 0x7fff, channelMsg: true, msgType: 255, length: 0x030201 },
];

Deno.test("a header is taken apart and put together byte for byte", () => {
  for (const { hex, ...header } of CASES) {
    assert.deepEqual(decodeFrameHeader(hexToBytes(hex)), header, hex);
    const bytes = new Uint8Array(6);
    writeFrameHeader(bytes, header);
    assert.equal(bytesToHex(bytes), hex);
  }
});

Deno.test("five bytes are no header", () => {
  assert.throws(() => decodeFrameHeader(new Uint8Array(5)), RangeError);
});

Deno.test("a number that does not fit the header is not written", () => {
  const header = { extensionType: 0, channelMsg: false, msgType: 0, length: 0 };
  const wrong = [{ extensionType: 0x8000 }, { msgType: 256 }, { length: 0x100_0000 }, {
    length: -1,
  }, { msgType: 1.5 }];
  for (const change of wrong) {
    const bytes = new Uint8Array(6);
    assert.throws(() => writeFrameHeader(bytes, { ...header, ...change }), RangeError);
    assert.equal(bytesToHex(bytes), "000000000000", "nothing was written");
  }
});
