import assert from "node:assert/strict";
import { hexToBytes, ProtocolError } from "../../../../src/base/mod.ts";
import {
  decodeMessage,
  type Frame,
  FrameDecoder,
  MINING_MESSAGES,
  NewEquihashJob,
  OpenStandardMiningChannel,
  SetTarget,
} from "../../../../src/wire/protocol/mod.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

function frameOf(bytes: Uint8Array): Frame {
  const [frame] = new FrameDecoder({ maxPayloadLength: 300_000 }).push(bytes);
  assert.ok(frame !== undefined);
  return frame;
}

Deno.test("no two messages of a connection share a number, and names are unique", () => {
  const numbers = MINING_MESSAGES.map((m) => `${m.extensionType}/${m.msgType}`);
  assert.equal(new Set(numbers).size, MINING_MESSAGES.length);
  assert.equal(new Set(MINING_MESSAGES.map((m) => m.name)).size, MINING_MESSAGES.length);
});

Deno.test("the channel bit of core and negotiation messages is not looked at when reading", () => {
  for (const type of MINING_MESSAGES.filter((m) => m.extensionType <= 1)) {
    const { encode, sample } = type as unknown as {
      encode(value: unknown): Uint8Array;
      sample(random: unknown): unknown;
    };
    const frame = frameOf(encode.call(type, sample.call(type, seededRandom(6))));
    const flipped = { ...frame, channelMsg: !frame.channelMsg };
    assert.deepEqual(decodeMessage("mining", flipped), decodeMessage("mining", frame), type.name);
  }
});

Deno.test("an Equihash message without the channel bit is a fault of the sender", () => {
  const frame = frameOf(NewEquihashJob.encode(NewEquihashJob.sample(seededRandom(7))));
  assert.throws(
    () => decodeMessage("mining", { ...frame, channelMsg: false }),
    (error) => error instanceof ProtocolError && error.code === "malformed-message",
  );
});

Deno.test("unknown message numbers and unknown extensions decode to nothing", () => {
  const payload = hexToBytes("01020304");
  const unknown = [
    { extensionType: 0, msgType: 0xff },
    { extensionType: 0, msgType: 0x15 },
    { extensionType: 2, msgType: 0x00 },
    { extensionType: 0x455a, msgType: 0x22 },
    { extensionType: 0x4000, msgType: 0x20 },
  ];
  for (const numbers of unknown) {
    for (const channelMsg of [false, true]) {
      assert.equal(decodeMessage("mining", { ...numbers, channelMsg, payload }), undefined);
    }
  }
});

Deno.test("nonce_1 and nonce_2_len must make a whole nonce", () => {
  const job = NewEquihashJob.sample(seededRandom(8));
  const good = { ...job, nonce1: hexToBytes("01020304"), nonce2Len: 28 };
  assert.deepEqual(NewEquihashJob.decode(NewEquihashJob.encode(good).subarray(6)), good);
  for (const nonce2Len of [0, 27, 29, 255]) {
    assert.throws(() => NewEquihashJob.encode({ ...good, nonce2Len }), RangeError);
    const payload = NewEquihashJob.encode(good).slice(6);
    payload[4 + 4 + 1 + 4 + 96 + 5] = nonce2Len;
    assert.throws(() => NewEquihashJob.decode(payload), ProtocolError, `${nonce2Len}`);
  }
});

Deno.test("a decoded message's name narrows its value", () => {
  const sent = SetTarget.encode({ channelId: 3, maximumTarget: new Uint8Array(32) });
  const message = decodeMessage("mining", frameOf(sent));
  assert.ok(message?.name === "SetTarget");
  const channelId: number = message.value.channelId;
  assert.equal(channelId, 3);
});

Deno.test("a hash rate that is no number arrives, for the pool to refuse", () => {
  const request = OpenStandardMiningChannel.sample(seededRandom(9));
  const frame = OpenStandardMiningChannel.encode({ ...request, nominalHashRate: NaN });
  assert.ok(Number.isNaN(OpenStandardMiningChannel.decode(frame.subarray(6)).nominalHashRate));
});
