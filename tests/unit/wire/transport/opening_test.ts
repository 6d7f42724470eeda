import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "../../../../src/base/mod.ts";
import { ACT1_LENGTH, generateKeyPair } from "../../../../src/wire/noise/mod.ts";
import { SetupConnection } from "../../../../src/wire/protocol/mod.ts";
import { type Opening, openingOf } from "../../../../src/wire/transport/_opening.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { encodeFrame } from "../../../support/encode_frame.ts";

/** What bytes that come one by one are taken for, and with which of them it is certain. */
function decision(bytes: Uint8Array): { opening: Opening; length: number } | undefined {
  for (let length = 1; length <= Math.min(bytes.length, ACT1_LENGTH); length++) {
    const opening = openingOf(bytes.subarray(0, length));
    if (opening !== undefined) return { opening, length };
  }
  return undefined;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Beginnings of other protocols that 64 random bytes may share, each the rarer the longer it is. */
const SHARED_STARTS = [
  "",
  "{",
  "[",
  " \n{",
  '{"',
  '[{"',
  '{"id":',
  "{}\n",
  "GET",
  "GET / HTTP",
  "\0",
  "\0\0",
  "\0\0\0",
  "\0\0\0\x20",
  "\0\0\0\x20\x01",
  "\0\0\0\x20\x01\0",
];

Deno.test("64 random bytes are act 1 of Noise, whatever they begin like", () => {
  const start = fc.constantFrom(...SHARED_STARTS).map(bytesOf);
  const random = fc.uint8Array({ minLength: ACT1_LENGTH, maxLength: ACT1_LENGTH });
  fc.assert(
    fc.property(start, random, (start, random) => {
      const act1 = concatBytes(start, random).subarray(0, ACT1_LENGTH);
      // Behind the beginning they are as random bytes are: not all of them small or printable.
      fc.pre(act1.subarray(start.length, start.length + 16).some((byte) => byte >= 0x80));
      fc.pre(!act1.subarray(6, 11).every((byte) => byte < 5));
      assert.equal(openingOf(act1), "noise");
      assert.equal(decision(act1)?.opening, "noise", "byte by byte");
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("keys that were honestly made are act 1 of Noise", () => {
  for (let seed = 0; seed < 200; seed++) {
    assert.equal(decision(generateKeyPair(seededRandom(seed)).encoding)?.opening, "noise");
  }
});

Deno.test("an honest key that begins 00 00 00 is act 1 of Noise", () => {
  const key = new Uint8Array(ACT1_LENGTH).fill(0xa7);
  for (const third of [0, 1, 0xff]) {
    key.set([0, 0, 0, third]);
    assert.equal(openingOf(key), "noise");
  }
});

Deno.test("SetupConnection is known by its versions, whatever its strings are", () => {
  const text = fc.string({ maxLength: 60 });
  fc.assert(fc.property(fc.record({ host: text, vendor: text, flags: fc.nat() }), (made) => {
    const frame = SetupConnection.encode({
      protocol: 0,
      minVersion: 2,
      maxVersion: 2,
      flags: made.flags,
      endpointHost: made.host,
      endpointPort: 3333,
      vendor: made.vendor,
      hardwareVersion: "",
      firmware: "",
      deviceId: "",
    });
    assert.deepEqual(decision(frame), { opening: "frames", length: 11 });
  }));
});

Deno.test("a first frame that is too short for its message is left to the reader of frames", () => {
  for (const length of [0, 4, 15]) {
    const payload = new Uint8Array(length).fill(0xff);
    const frame = encodeFrame({ extensionType: 0, channelMsg: false, msgType: 0, payload });
    assert.deepEqual(decision(frame), { opening: "frames", length: 6 });
  }
});

Deno.test("text is told apart by its kind, as soon as it is certain and no sooner", () => {
  const subscribe = '{"id":1,"method":"mining.subscribe","params":[]}\n';
  const rows: readonly (readonly [string, Opening | undefined, number?])[] = [
    [subscribe, "lines", 32],
    [` \r\n\t${subscribe}`, "lines", 32],
    [`[${subscribe.trim()}]\n`, "lines", 32],
    ['{\n  "id": 1,\n  "method": "mining.subscribe"\n}\n', "lines", 32],
    ['{"id":1}\n', "lines", 9],
    ['{"id":1,"method":"x"}\r\n', "lines", 23],
    ['{"id":1}', undefined],
    ["{}\n", undefined],
    ["[]\n", undefined],
    ['{"id":1,"method":}\n', undefined],
    ["GET / HTTP/1.1\r\n\r\n", "text", 14],
    ["OPTIONS /a/long/path?of=many HTTP/1.0\r\n", "text", 37],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", undefined],
    ["hello\r\n", undefined],
    ["SSH-2.0-OpenSSH_9.9p1 Debian\r\n", "text", 30],
    ["[1,2,3,4,5,6,7,8,9,10,11,12]\n", "text", 29],
    ["x".repeat(64), "text", 64],
    [" ".repeat(64), "text", 64],
    [`${" ".repeat(40)}{"`, "lines", 42],
    ["\x16\x03\x01\x02\0\x01", "noise", 1],
  ];
  for (const [text, opening, length] of rows) {
    const expected = opening === undefined ? undefined : { opening, length };
    assert.deepEqual(decision(bytesOf(text)), expected, JSON.stringify(text));
  }
});
