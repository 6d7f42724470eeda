import assert from "node:assert/strict";
import fc from "fast-check";
import { sha256 } from "@noble/hashes/sha2.js";
import { createBase58check } from "@scure/base";
import { bytesToHex, concatBytes, systemRandom } from "../../../../src/base/mod.ts";
import {
  formatAuthorityKey,
  generateAuthorityKeyPair,
  KeyTextError,
  parseAuthorityKey,
  parseAuthoritySecretKey,
} from "../../../../src/wire/noise/mod.ts";

const pair = generateAuthorityKeyPair(systemRandom);
const text = formatAuthorityKey(pair.publicKey);
const base58check = createBase58check(sha256);

Deno.test("a public key is read as it was written", () => {
  for (let i = 0; i < 10; i++) {
    const { publicKey } = generateAuthorityKeyPair(systemRandom);
    assert.deepEqual(parseAuthorityKey(formatAuthorityKey(publicKey)), publicKey);
  }
});

Deno.test("a secret key is read in both forms", () => {
  const hex = bytesToHex(pair.secretKey);
  assert.deepEqual(parseAuthoritySecretKey(hex), pair);
  assert.deepEqual(parseAuthoritySecretKey(hex.toUpperCase()), pair);
  assert.deepEqual(parseAuthoritySecretKey(base58check.encode(pair.secretKey)), pair);
});

Deno.test("a public key with one character changed, left out or added is refused", () => {
  const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  for (let i = 0; i < text.length; i++) {
    const other = alphabet[(alphabet.indexOf(text[i] as string) + 1) % 58] as string;
    for (const middle of ["", other, `${text[i]}${other}`]) {
      const wrong = text.slice(0, i) + middle + text.slice(i + 1);
      assert.throws(() => parseAuthorityKey(wrong), KeyTextError, wrong);
    }
  }
});

Deno.test("other things in base58check are no public key", () => {
  const notOnCurve = new Uint8Array(32);
  const rows: Record<string, Uint8Array> = {
    "no version": pair.publicKey,
    "version 2": concatBytes(Uint8Array.of(2, 0), pair.publicKey),
    "version in the other byte order": concatBytes(Uint8Array.of(0, 1), pair.publicKey),
    "a byte more": concatBytes(Uint8Array.of(1, 0), pair.publicKey, Uint8Array.of(0)),
    "no point": concatBytes(Uint8Array.of(1, 0), notOnCurve),
    "nothing": new Uint8Array(0),
  };
  for (const [what, bytes] of Object.entries(rows)) {
    assert.throws(() => parseAuthorityKey(base58check.encode(bytes)), KeyTextError, what);
  }
});

Deno.test("no text whatever makes the parsers throw anything but their error", () => {
  const anything = fc.oneof(fc.string(), fc.string({ unit: "binary-ascii" }), fc.base64String());
  fc.assert(
    fc.property(anything, (given) => {
      assert.throws(() => parseAuthorityKey(given), KeyTextError);
      assert.throws(() => parseAuthoritySecretKey(given), KeyTextError);
    }),
    { numRuns: 50 },
  );
  assert.throws(() => parseAuthorityKey("1".repeat(1_000_000)), KeyTextError);
});

Deno.test("what is wrong with a secret key is said without repeating it", () => {
  const order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
  const hex = bytesToHex(pair.secretKey);
  const wrong = [
    order,
    "00".repeat(32),
    hex.slice(1),
    `${hex}0`,
    `0x${hex}`,
    base58check.encode(pair.secretKey).slice(1),
    base58check.encode(concatBytes(pair.secretKey, Uint8Array.of(1))),
  ];
  for (const given of wrong) {
    assert.throws(() => parseAuthoritySecretKey(given), (error) => {
      assert.ok(error instanceof KeyTextError);
      assert.equal(error.code, "key-text");
      assert.equal(error.cause, undefined);
      for (let at = 0; at + 8 <= given.length; at += 8) {
        assert.ok(!error.message.includes(given.slice(at, at + 8)), error.message);
      }
      return true;
    });
  }
});
