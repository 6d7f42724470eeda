import assert from "node:assert/strict";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  type Random,
  systemRandom,
} from "../../../../src/base/mod.ts";
import {
  authorityKeyPairOf,
  EllSwiftKeyPair,
  generateAuthorityKeyPair,
  generateKeyPair,
  isSecretKey,
  peerKey,
  sharedSecret,
} from "../../../../src/wire/noise/mod.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { decodeEllSwift, encodeEllSwift } from "../../../../src/wire/noise/elligator_swift.ts";

const ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

Deno.test("both sides of a key exchange have the same secret, and each role its own", () => {
  const a = generateKeyPair(systemRandom);
  const b = generateKeyPair(systemRandom);
  const secret = sharedSecret(a, peerKey(b.encoding), "initiator");
  assert.equal(secret.length, 32);
  assert.deepEqual(secret, sharedSecret(b, peerKey(a.encoding), "responder"));
  assert.notDeepEqual(secret, sharedSecret(a, peerKey(b.encoding), "responder"));
});

Deno.test("a secret key and its negative have the same public key and the same secrets", () => {
  const secretKey = seededRandom(1).bytes(32);
  const negative = BigInt(`0x${ORDER}`) - BigInt(`0x${bytesToHex(secretKey)}`);
  const encode = (x: Uint8Array) => encodeEllSwift(x, seededRandom(2));
  const pair = new EllSwiftKeyPair(secretKey, encode);
  const mirrored = new EllSwiftKeyPair(
    hexToBytes(negative.toString(16).padStart(64, "0")),
    encode,
  );
  assert.deepEqual(mirrored.publicKeyX, pair.publicKeyX);
  const theirs = peerKey(generateKeyPair(systemRandom).encoding);
  assert.deepEqual(
    sharedSecret(mirrored, theirs, "initiator"),
    sharedSecret(pair, theirs, "initiator"),
  );
});

Deno.test("keys and products are those of another implementation of the curve", () => {
  const random = seededRandom(11);
  for (let i = 0; i < 5; i++) {
    const secretKey = random.bytes(32);
    const pair = new EllSwiftKeyPair(secretKey, (x) => encodeEllSwift(x, random));
    assert.deepEqual(pair.publicKeyX, secp256k1.getPublicKey(secretKey).subarray(1));
    assert.deepEqual(decodeEllSwift(pair.encoding), pair.publicKeyX);
    const theirs = generateKeyPair(random).publicKeyX;
    const point = concatBytes(Uint8Array.of(3), theirs);
    assert.deepEqual(
      pair.multiply(theirs),
      secp256k1.getSharedSecret(secretKey, point).subarray(1),
    );
  }
});

Deno.test("a key pair shows nothing of its secret when it is printed or made JSON", () => {
  const secretKey = seededRandom(3).bytes(32);
  const pair = new EllSwiftKeyPair(secretKey, (x) => encodeEllSwift(x, seededRandom(4)));
  const shown = Deno.inspect(pair, { depth: 9, iterableLimit: 999 }) + JSON.stringify(pair);
  const numbers = shown.match(/\d+/g)?.join(",") ?? "";
  assert.ok(numbers.includes([...pair.publicKeyX.subarray(0, 8)].join(",")));
  assert.ok(!numbers.includes([...secretKey.subarray(0, 8)].join(",")));
});

/** Draws of (u, case) start with three zero bytes, the first `count` times. */
function zerosAtFirst(count: number): Random {
  const source = seededRandom(5);
  let draws = 0;
  return {
    bytes(length) {
      const bytes = source.bytes(length);
      if (length === 33 && draws++ < count) bytes.fill(0, 0, 3);
      return bytes;
    },
  };
}

Deno.test("an encoding is drawn again when it looks like the start of a plain frame", () => {
  const x = generateKeyPair(seededRandom(5)).publicKeyX;
  const startsPlain = (encoding: Uint8Array): boolean => !encoding.subarray(0, 3).some(Boolean);
  assert.ok(startsPlain(encodeEllSwift(x, zerosAtFirst(20))), "the source does what it is for");
  assert.ok(!startsPlain(generateKeyPair(zerosAtFirst(20)).encoding));
  assert.throws(() => generateKeyPair(zerosAtFirst(1_000)), RangeError);
});

Deno.test("a key is drawn again when it is no scalar, and not for ever", () => {
  const order = hexToBytes(ORDER);
  let draws = 0;
  const once: Random = {
    bytes: (length) => length === 32 && draws++ === 0 ? order : systemRandom.bytes(length),
  };
  assert.ok(isSecretKey(generateAuthorityKeyPair(once).secretKey));
  assert.equal(draws, 2);
  const broken: Random = { bytes: (length) => new Uint8Array(length) };
  assert.throws(() => generateKeyPair(broken), RangeError);
  assert.throws(() => generateAuthorityKeyPair(broken), RangeError);
});

Deno.test("an authority's secret key must be a scalar of 1 to n-1", () => {
  const bad = [
    new Uint8Array(32),
    hexToBytes(ORDER),
    new Uint8Array(32).fill(0xff),
    new Uint8Array(31).fill(1),
    new Uint8Array(33).fill(1),
    new Uint8Array(0),
  ];
  for (const bytes of bad) {
    assert.throws(() => authorityKeyPairOf(bytes), RangeError, bytesToHex(bytes));
  }
  const one = hexToBytes("00".repeat(31) + "01");
  assert.equal(
    bytesToHex(authorityKeyPairOf(one).publicKey),
    "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
  );
});

Deno.test("a pair keeps its own copy of the authority's secret", () => {
  const given = generateAuthorityKeyPair(systemRandom).secretKey;
  const pair = authorityKeyPairOf(given);
  given.fill(0);
  assert.ok(isSecretKey(pair.secretKey));
});
