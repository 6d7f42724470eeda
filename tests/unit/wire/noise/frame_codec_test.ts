import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "../../../../src/base/mod.ts";
import { CipherState } from "../../../../src/wire/noise/cipher_state.ts";
import { type FrameOpener, NoiseCodec } from "../../../../src/wire/noise/mod.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { codecPair } from "./_noise_fixture.ts";
import { encodeFrame } from "../../../support/encode_frame.ts";

const random = seededRandom(31);

function frame(payloadLength: number): Uint8Array {
  return encodeFrame({
    extensionType: 0,
    channelMsg: true,
    msgType: payloadLength & 0xff,
    payload: random.bytes(payloadLength),
  });
}

/** What comes out, and the fault that ended it. */
function openAll(opener: FrameOpener, chunks: Iterable<Uint8Array>) {
  const frames: Uint8Array[] = [];
  try {
    for (const chunk of chunks) for (const each of opener.push(chunk)) frames.push(each);
    return { frames, code: undefined };
  } catch (error) {
    return { frames, code: (error as { code?: string }).code };
  }
}

function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

Deno.test("a frame costs 22 bytes, and 16 for each begun chunk of 65,519 bytes of payload", () => {
  const rows: readonly [number, number][] = [
    [0, 22],
    [1, 22 + 1 + 16],
    [65_518, 22 + 65_518 + 16],
    [65_519, 22 + 65_519 + 16],
    [65_520, 22 + 65_520 + 32],
    [131_038, 22 + 131_038 + 32],
    [131_039, 22 + 131_039 + 48],
  ];
  const { near, far } = codecPair();
  for (const [payloadLength, wireLength] of rows) {
    const plain = frame(payloadLength);
    const wire = near.sealer.seal(plain);
    assert.equal(wire.length, wireLength, `${payloadLength} bytes`);
    assert.deepEqual([...far.opener.push(wire)], [plain], `${payloadLength} bytes`);
  }
});

Deno.test("several frames sealed together are the frames sealed one by one", () => {
  const frames = [frame(0), frame(180), frame(1_400), frame(0), frame(66_000)];
  const together = codecPair(1).near.sealer.seal(concatBytes(...frames));
  const single = codecPair(1).near.sealer;
  assert.deepEqual(together, concatBytes(...frames.map((each) => single.seal(each))));
  assert.equal(codecPair(1).near.sealer.seal(new Uint8Array(0)).length, 0);
});

Deno.test("what is not whole frames is not sealed, and uses no counter", () => {
  const { near, far } = codecPair();
  const plain = frame(40);
  for (const length of [1, 5, 6, 45]) {
    assert.throws(
      () => near.sealer.seal(plain.subarray(0, length)),
      { code: "assertion-failed" },
      `${length} bytes`,
    );
  }
  assert.throws(() => near.sealer.seal(concatBytes(plain, Uint8Array.of(1))));
  assert.deepEqual([...far.opener.push(near.sealer.seal(plain))], [plain]);
});

Deno.test("a stream gives the same frames however it is cut", () => {
  const lengths = fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 6 });
  const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(lengths, sizes, (payloads, pieces) => {
      const { near, far } = codecPair();
      const frames = payloads.map(frame);
      const wire = near.sealer.seal(concatBytes(...frames));
      const result = openAll(far.opener, cut(wire, pieces));
      assert.deepEqual(result, { frames, code: undefined });
      assert.equal(far.opener.buffered, 0);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a stream cut at every byte, and fed byte by byte, gives the same frames", () => {
  const frames = [frame(0), frame(20), frame(3)];
  const wire = codecPair().near.sealer.seal(concatBytes(...frames));
  for (let at = 0; at <= wire.length; at++) {
    const { far } = codecPair();
    const result = openAll(far.opener, [wire.subarray(0, at), wire.subarray(at)]);
    assert.deepEqual(result, { frames, code: undefined }, `cut at ${at}`);
  }
  assert.deepEqual(openAll(codecPair().far.opener, cut(wire, [1])).frames, frames);
  const large = frame(140_000);
  const { near, far } = codecPair();
  assert.deepEqual(openAll(far.opener, cut(near.sealer.seal(large), [1])).frames, [large]);
});

Deno.test("frames may be kept when the piece that they came in is overwritten", () => {
  const { near, far } = codecPair();
  const [one, other] = [frame(70), frame(0)];
  const wire = near.sealer.seal(concatBytes(one, other));
  const chunk = wire.slice(0, wire.length - 5);
  const kept = [...far.opener.push(chunk)];
  chunk.fill(0xee);
  kept.push(...far.opener.push(wire.subarray(wire.length - 5)));
  assert.deepEqual(kept, [one, other]);
});

Deno.test("a stream that ends anywhere gives the whole frames and holds the rest", () => {
  const frames = [frame(9), frame(0), frame(31)];
  const wire = codecPair().near.sealer.seal(concatBytes(...frames));
  const ends = [22 + 9 + 16, 22 + 9 + 16 + 22, wire.length];
  for (let length = 0; length <= wire.length; length++) {
    const { far } = codecPair();
    const result = openAll(far.opener, [wire.subarray(0, length)]);
    const whole = ends.filter((end) => end <= length).length;
    assert.deepEqual(result, { frames: frames.slice(0, whole), code: undefined });
  }
});

Deno.test("a changed bit anywhere ends the stream after the frames in front of it, for good", () => {
  const frames = [frame(12), frame(5)];
  const wire = codecPair().near.sealer.seal(concatBytes(...frames));
  const firstEnd = 22 + 12 + 16;
  for (let i = 0; i < wire.length; i++) {
    const changed = wire.slice();
    changed[i] = (changed[i] as number) ^ 0x80;
    const { far } = codecPair();
    const result = openAll(far.opener, [changed]);
    assert.equal(result.code, "noise-decryption-failed", `byte ${i}`);
    assert.deepEqual(result.frames, i < firstEnd ? [] : frames.slice(0, 1), `byte ${i}`);
    assert.equal(openAll(far.opener, [wire]).code, "noise-decryption-failed", "it stays dead");
  }
});

Deno.test("a stream that was broken once opens nothing more, not even what would open", () => {
  const wire = codecPair().near.sealer.seal(frame(6));
  const { far } = codecPair();
  assert.equal(openAll(far.opener, [new Uint8Array(22)]).code, "noise-decryption-failed");
  const again = openAll(far.opener, [wire]);
  assert.deepEqual(again, { frames: [], code: "noise-decryption-failed" });
});

Deno.test("frames that are repeated, left out or swapped do not open", () => {
  const { near } = codecPair();
  const [a, b, c] = [frame(4), frame(0), frame(8)].map((each) => near.sealer.seal(each));
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  const streams = { repeated: [a, a], leftOut: [a, c], swapped: [b, a], fromTheMiddle: [c] };
  for (const [what, chunks] of Object.entries(streams)) {
    assert.equal(openAll(codecPair().far.opener, chunks).code, "noise-decryption-failed", what);
  }
});

Deno.test("a frame larger than the limit is refused by its header, before its payload comes", () => {
  const { near, far } = codecPair();
  far.opener.maxPayloadLength = 100;
  const wire = near.sealer.seal(concatBytes(frame(100), frame(101)));
  const headersEnd = 22 + 100 + 16 + 22;
  const result = openAll(far.opener, [wire.subarray(0, headersEnd)]);
  assert.equal(result.frames.length, 1);
  assert.equal(result.code, "noise-payload-too-large");
});

Deno.test("a limit that is raised holds from the next header on", () => {
  const { near, far } = codecPair();
  far.opener.maxPayloadLength = 10;
  assert.equal(openAll(far.opener, [near.sealer.seal(frame(10))]).frames.length, 1);
  far.opener.maxPayloadLength = 2_000;
  const wire = near.sealer.seal(frame(2_000));
  assert.deepEqual(openAll(far.opener, [wire.subarray(0, 30)]).frames, []);
  far.opener.maxPayloadLength = 10;
  assert.equal(openAll(far.opener, [wire.subarray(30)]).frames.length, 1);
  assert.equal(
    openAll(far.opener, [near.sealer.seal(frame(11))]).code,
    "noise-payload-too-large",
  );
});

Deno.test("headers that announce the most there is make a receiver allocate little", () => {
  const header = Uint8Array.of(0, 0, 0, 0xff, 0xff, 0xff);
  const key = new Uint8Array(32).fill(3);
  const openers: FrameOpener[] = [];
  const before = Deno.memoryUsage().external;
  for (let i = 0; i < 50; i++) {
    const wire = new Uint8Array(22);
    new CipherState(key).seal(header, wire, 0);
    const codec = new NoiseCodec({
      sending: new CipherState(key),
      receiving: new CipherState(key),
    });
    assert.deepEqual(openAll(codec.opener, [wire]), { frames: [], code: undefined });
    openers.push(codec.opener);
  }
  const grown = Deno.memoryUsage().external - before;
  // Announced are 50 times 16 MiB.
  assert.ok(grown < 50 * 200_000, `${grown} bytes`);
  assert.ok(openers.every((opener) => opener.buffered < 100));
});

Deno.test("a reader may stop in the middle of what came and go on later", () => {
  const { near, far } = codecPair();
  const frames = [frame(10), frame(20), frame(30)];
  const chunk = near.sealer.seal(concatBytes(...frames));
  const taken: Uint8Array[] = [];
  for (const each of far.opener.push(chunk)) {
    taken.push(each);
    break;
  }
  chunk.fill(0);
  taken.push(...far.opener.push(new Uint8Array(0)));
  assert.deepEqual(taken, frames);
});
