import assert from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../../src/base/mod.ts";
import { encodeFrame } from "../../../support/encode_frame.ts";

Deno.test("a frame is its header and its payload", () => {
  const payload = hexToBytes("aabbcc");
  const frame = { extensionType: 0x455a, channelMsg: true, msgType: 0x21, payload };
  assert.equal(bytesToHex(encodeFrame(frame)), "5ac521030000aabbcc");
});

Deno.test("an extension type that includes the channel bit is refused", () => {
  const frame = { extensionType: 0xc55a, channelMsg: true, msgType: 0, payload: new Uint8Array(0) };
  assert.throws(() => encodeFrame(frame), RangeError);
});
