import assert from "node:assert/strict";
import {
  answerHandshake,
  CertificateIssuer,
  FrameOpener,
  FrameSealer,
  generateAuthorityKeyPair,
  generateKeyPair,
  KeyTextError,
  NoiseError,
  parseAuthorityKey,
  parsePoolUrl,
  startHandshake,
} from "../../../src/wire/noise/mod.ts";
import { CipherState } from "../../../src/wire/noise/cipher_state.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { declared, type FuzzTarget, textTarget } from "../fuzz_target.ts";

const KEY = new Uint8Array(32).fill(9);

/** Three frames, one of them empty. */
function sealedFrames(): Uint8Array {
  const frames = Uint8Array.fromHex("0000010300000aff0b0000020000000000030200000909");
  return new FrameSealer(new CipherState(KEY)).seal(frames);
}

/** What was not sealed so does not open, however the stream is cut. */
const sealed: FuzzTarget = {
  name: "noise.sealed_frames",
  lengthMax: 2_048,
  seeds: () => [sealedFrames()],
  read(input) {
    const real = sealedFrames();
    const opener = new FrameOpener(new CipherState(KEY));
    opener.maxPayloadLength = 1_024;
    let same = 0;
    while (same < input.length && input[same] === real[same]) same++;
    let opened = 0;
    declared([NoiseError], () => {
      for (const frame of opener.push(input)) {
        opened += 22 + (frame.length > 6 ? frame.length - 6 + 16 : 0);
      }
    });
    assert.ok(opened <= same, "a frame opened that nobody has sealed");
    assert.ok(opener.buffered <= 1_024 + 2 * 22 + input.length);
  },
};

const random = seededRandom(1);
const issuer = new CertificateIssuer(
  { authority: generateAuthorityKeyPair(random), validitySecs: 3_600 },
  { clock: new FakeClock(), random },
);
const clientKey = generateKeyPair(random);
const serverKey = generateKeyPair(random);

/** Any 64 bytes are a client's key; other lengths are refused. */
const firstAct: FuzzTarget = {
  name: "noise.act_1",
  lengthMax: 66,
  seeds: () => [clientKey.encoding],
  read(input) {
    const answered = declared(
      [NoiseError],
      () => answerHandshake(input, issuer.current(), serverKey),
    );
    assert.equal(answered !== undefined, input.length === 64);
    if (answered !== undefined) assert.equal(answered.act2.length, 234);
  },
};

/** No other answer than the server's own ends a handshake. */
const secondAct: FuzzTarget = {
  name: "noise.act_2",
  lengthMax: 240,
  seeds: () => [
    answerHandshake(startHandshake(clientKey).act1, issuer.current(), serverKey).act2,
  ],
  read(input) {
    const finished = declared([NoiseError], () =>
      startHandshake(clientKey).awaiting.finish(input, {
        authorityKey: issuer.authorityKey,
        unixTime: Math.floor(new FakeClock().now() / 1_000),
        clockToleranceSecs: 0,
      }));
    if (finished === undefined) return;
    const [real] = secondAct.seeds();
    assert.deepEqual(input, real);
  },
};

const keys = textTarget({
  name: "noise.addresses",
  lengthMax: 420,
  words: ["stratum2+tcp://", "[::1]", ":3336/", "9b", "/"],
  seeds: () => [
    "stratum2+tcp://pool.example:3336/9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh",
    "stratum2+tcp://[2001:db8::1]:3336",
  ],
  read(text) {
    declared([KeyTextError], () => parsePoolUrl(text));
    declared([KeyTextError], () => parseAuthorityKey(text));
  },
});

export const NOISE_TARGETS: readonly FuzzTarget[] = [sealed, firstAct, secondAct, keys];
