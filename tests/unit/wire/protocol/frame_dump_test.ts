import assert from "node:assert/strict";
import { hexToBytes, ProtocolError } from "../../../../src/base/mod.ts";
import {
  type Frame,
  FrameDecoder,
  MINING_MESSAGES,
  RequestExtensions,
} from "../../../../src/wire/protocol/mod.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { dumpFrames } from "../../../support/frame_dump.ts";
import { encodeFrame } from "../../../support/encode_frame.ts";

function frameOf(bytes: Uint8Array): Frame {
  const [frame] = new FrameDecoder({ maxPayloadLength: 10_000 }).push(bytes);
  assert.ok(frame !== undefined);
  return frame;
}

Deno.test("a dump has every byte with its offset, field and value", () => {
  const bytes = RequestExtensions.encode({ requestId: 1, requestedExtensions: [0x455a] });
  const dump = dumpFrames("mining", [{ direction: "client", frame: frameOf(bytes) }]);
  assert.deepEqual(dump.split("\n").map((line) => line.replace(/ {2,}/g, "  ")), [
    "miner -> pool  RequestExtensions, 12 bytes",
    "  0000  01 00  extension_type  0x0001, channel bit clear",
    "  0002  00  msg_type  0x00",
    "  0003  06 00 00  msg_length  6",
    "  0006  01 00  request_id  1",
    "  0008  01 00 5a 45  requested_extensions  [17754]",
    "",
  ]);
});

Deno.test("the bytes of a dump are the bytes of the frames, for every message", () => {
  const random = seededRandom(11);
  for (const type of MINING_MESSAGES) {
    const { encode, sample } = type as unknown as {
      encode(value: unknown): Uint8Array;
      sample(random: unknown): unknown;
    };
    const bytes = encode.call(type, sample.call(type, random));
    const dump = dumpFrames("mining", [{ direction: "server", frame: frameOf(bytes) }]);
    const lines = dump.split("\n").slice(1, -1);
    let at = 0;
    for (const line of lines) {
      const [, offset, hex] =
        /^ {2}([0-9a-f]{4,}) {2}((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: {2}|$)/.exec(line) ?? [];
      assert.equal(parseInt(offset as string, 16), at, line);
      const part = hexToBytes((hex as string).replaceAll(" ", ""));
      assert.deepEqual(part, bytes.slice(at, at + part.length), line);
      at += part.length;
    }
    assert.equal(at, bytes.length, type.name);
  }
});

Deno.test("an unknown message is dumped as it is, a broken one is refused", () => {
  const unknown = { extensionType: 9, channelMsg: true, msgType: 1, payload: hexToBytes("aabb") };
  assert.match(
    dumpFrames("mining", [{ direction: "server", frame: unknown }]),
    /^pool -> miner {2}unknown message, 8 bytes\n[^]*0006 {2}aa bb +payload\n/,
  );
  const cut = frameOf(encodeFrame({ ...unknown, extensionType: 1, msgType: 0 }));
  assert.throws(
    () => dumpFrames("mining", [{ direction: "client", frame: cut }]),
    ProtocolError,
  );
});
