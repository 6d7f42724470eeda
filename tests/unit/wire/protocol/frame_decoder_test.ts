import assert from "node:assert/strict";
import { concatBytes, ProtocolError } from "../../../../src/base/mod.ts";
import { type Frame, FrameDecoder, MINING_MESSAGES } from "../../../../src/wire/protocol/mod.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { encodeFrame } from "../../../support/encode_frame.ts";

function frame(length: number, msgType = 0x21): Frame {
  const payload = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff);
  return { extensionType: 0x455a, channelMsg: true, msgType, payload };
}

function isTooLong(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === "frame-too-long" &&
    error.consequence === "drop_connection";
}

/** One frame of every declared message, and an empty one between. */
function sampleStream(): { frames: Frame[]; bytes: Uint8Array } {
  const random = seededRandom(5);
  const encoded = MINING_MESSAGES.map((type) => {
    const { encode, sample } = type as unknown as {
      encode(value: unknown): Uint8Array;
      sample(random: unknown): unknown;
    };
    return encode.call(type, sample.call(type, random));
  });
  encoded.splice(3, 0, encodeFrame(frame(0)));
  const bytes = concatBytes(...encoded);
  return { frames: new FrameDecoder({ maxPayloadLength: 5000 }).push(bytes), bytes };
}

Deno.test("a stream that is cut in two at every byte gives the same frames", () => {
  const { frames, bytes } = sampleStream();
  assert.equal(frames.length, MINING_MESSAGES.length + 1);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const decoder = new FrameDecoder({ maxPayloadLength: 5000 });
    const got = [...decoder.push(bytes.subarray(0, cut)), ...decoder.push(bytes.subarray(cut))];
    assert.deepEqual(got, frames, `cut at ${cut}`);
    assert.equal(decoder.buffered, 0);
  }
});

Deno.test("a stream that comes byte by byte gives the same frames", () => {
  const { frames, bytes } = sampleStream();
  const decoder = new FrameDecoder({ maxPayloadLength: 5000 });
  const got: Frame[] = [];
  for (const byte of bytes) got.push(...decoder.push(Uint8Array.of(byte)));
  assert.deepEqual(got, frames);
});

Deno.test("a frame is handed out with its last byte and not before", () => {
  const bytes = encodeFrame(frame(100));
  const decoder = new FrameDecoder({ maxPayloadLength: 100 });
  assert.deepEqual(decoder.push(bytes.subarray(0, 105)), []);
  assert.equal(decoder.buffered, 105);
  assert.deepEqual(decoder.push(bytes.subarray(105)), [frame(100)]);
  assert.equal(decoder.buffered, 0);
});

Deno.test("an empty payload is a frame as soon as its header is whole", () => {
  const decoder = new FrameDecoder({ maxPayloadLength: 0 });
  assert.deepEqual(decoder.push(encodeFrame(frame(0))), [frame(0)]);
});

Deno.test("a frame of the greatest length passes and one byte more is refused by its header alone", () => {
  const decoder = new FrameDecoder({ maxPayloadLength: 1024 });
  assert.equal(decoder.push(encodeFrame(frame(1024))).length, 1);
  const header = encodeFrame(frame(1025)).subarray(0, 6);
  assert.deepEqual(decoder.push(header.subarray(0, 5)), []);
  assert.throws(() => decoder.push(header.subarray(5)), isTooLong);
  assert.throws(() => decoder.push(new Uint8Array(0)), isTooLong, "and stays refused");
});

Deno.test("frames in front of a fault in the same chunk are not lost", () => {
  const decoder = new FrameDecoder({ maxPayloadLength: 100 });
  const chunk = concatBytes(encodeFrame(frame(100)), encodeFrame(frame(101)), new Uint8Array(50));
  assert.deepEqual(decoder.push(chunk), [frame(100)]);
  assert.ok(isTooLong(decoder.fault));
  assert.throws(() => decoder.push(encodeFrame(frame(1))), isTooLong);
});

Deno.test("the limit can be changed for the frames that are still to come", () => {
  const decoder = new FrameDecoder({ maxPayloadLength: 10 });
  assert.equal(decoder.push(encodeFrame(frame(10))).length, 1);
  decoder.maxPayloadLength = 2000;
  assert.equal(decoder.maxPayloadLength, 2000);
  assert.equal(decoder.push(encodeFrame(frame(2000))).length, 1);
});

Deno.test("a whole frame in a chunk is a view of it, so nothing is copied", () => {
  const bytes = encodeFrame(frame(100));
  const [whole] = new FrameDecoder({ maxPayloadLength: 100 }).push(bytes);
  assert.equal(whole?.payload.buffer, bytes.buffer);
});

Deno.test("a header that announces a great payload reserves no more than what may soon follow", () => {
  const whole = 8 * 1024 * 1024;
  const decoder = new FrameDecoder({ maxPayloadLength: whole });
  const bytes = encodeFrame(frame(whole));
  decoder.push(bytes.subarray(0, 7));
  assert.equal(decoder.reserved, 4096);
  decoder.push(bytes.subarray(7, 5000));
  assert.equal(decoder.reserved, 8192);
});

Deno.test("small chunks of a great frame cost a constant number of copies for each byte", () => {
  const whole = 1024 * 1024;
  const decoder = new FrameDecoder({ maxPayloadLength: whole });
  const bytes = encodeFrame(frame(whole));
  let copied = 0;
  let before = 0;
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at += 100) {
    const held = decoder.buffered;
    frames.push(...decoder.push(bytes.subarray(at, at + 100)));
    // A reservation that grew has copied what was held.
    if (decoder.reserved > before) copied += held;
    before = decoder.reserved;
  }
  assert.deepEqual(frames, [frame(whole)]);
  assert.ok(copied < 2 * whole, `${copied} bytes were moved for a frame of ${whole}`);
});
