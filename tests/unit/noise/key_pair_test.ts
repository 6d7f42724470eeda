import assert from "node:assert/strict";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { bytesToHex, hexToBytes, type Random, systemRandom } from "../../../src/base/mod.ts";
import {
  authorityKeyPairOf,
  decodeEllSwift,
  encodeEllSwift,
  generateAuthorityKeyPair,
  generateKeyPair,
  isSecretKey,
  publicKeyOf,
  sharedSecret,
} from "../../../src/noise/mod.ts";
import { seededRandom } from "../../support/seeded_random.ts";

const ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

Deno.test("both sides of a key exchange have the same secret, and each role its own", () => {
  const a = generateKeyPair(systemRandom);
  const b = generateKeyPair(systemRandom);
  const secret = sharedSecret(a, b.encoding, "initiator");
  assert.equal(secret.length, 32);
  assert.deepEqual(secret, sharedSecret(b, a.encoding, "responder"));
  assert.notDeepEqual(secret, sharedSecret(a, b.encoding, "responder"));
});

Deno.test("a secret key and its negative have the same public key and the same secrets", () => {
  const a = generateKeyPair(systemRandom);
  const b = generateKeyPair(systemRandom);
  const negative = BigInt(`0x${ORDER}`) - BigInt(`0x${bytesToHex(a.secretKey)}`);
  const mirrored = { ...a, secretKey: hexToBytes(negative.toString(16).padStart(64, "0")) };
  assert.deepEqual(publicKeyOf(mirrored.secretKey), a.publicKeyX);
  assert.deepEqual(
    sharedSecret(mirrored, b.encoding, "initiator"),
    sharedSecret(a, b.encoding, "initiator"),
  );
});

Deno.test("public keys are those of another implementation of the curve", () => {
  const random = seededRandom(11);
  for (let i = 0; i < 5; i++) {
    const pair = generateKeyPair(random);
    assert.deepEqual(pair.publicKeyX, secp256k1.getPublicKey(pair.secretKey).subarray(1));
    assert.deepEqual(decodeEllSwift(pair.encoding), pair.publicKeyX);
  }
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
  assert.ok(isSecretKey(generateKeyPair(once).secretKey));
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
