import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesToHex, hexToBytes, systemRandom } from "../../../../src/base/mod.ts";
import { isCurveX } from "../../../../src/wire/noise/elligator_swift.ts";
import { generateKeyPair } from "../../../../src/wire/noise/mod.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { secondDecode, secondEncode } from "../../../support/second_noise_initiator.ts";
import {
  decodeEllSwift,
  ELLSWIFT_LENGTH,
  encodeEllSwift,
  isXOnlyKey,
} from "../../../../src/wire/noise/elligator_swift.ts";

const FIELD_PRIME = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f";

Deno.test("every 64 bytes decode to a point, the same as by the second implementation", () => {
  const bytes = fc.uint8Array({ minLength: ELLSWIFT_LENGTH, maxLength: ELLSWIFT_LENGTH });
  fc.assert(
    fc.property(bytes, (encoding) => {
      const x = decodeEllSwift(encoding);
      assert.ok(isXOnlyKey(x));
      assert.deepEqual(x, secondDecode(encoding));
    }),
    { numRuns: 40 },
  );
});

Deno.test("edges of the field decode as by the second implementation", () => {
  const edges = [
    "00".repeat(32),
    "ff".repeat(32),
    FIELD_PRIME,
    `${FIELD_PRIME.slice(0, 62)}2e`,
    `${FIELD_PRIME.slice(0, 62)}30`,
    `${"00".repeat(31)}01`,
  ];
  for (const u of edges) {
    for (const t of edges) {
      const encoding = hexToBytes(u + t);
      const x = decodeEllSwift(encoding);
      assert.deepEqual(x, secondDecode(encoding), `u ${u}, t ${t}`);
      assert.ok(isXOnlyKey(x), `u ${u}, t ${t}`);
    }
  }
});

Deno.test("an encoding decodes to its key, by both implementations, and never repeats", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 12; seed++) {
    const random = seededRandom(seed);
    const x = generateKeyPair(random).publicKeyX;
    for (let again = 0; again < 3; again++) {
      const encoding = encodeEllSwift(x, random);
      assert.deepEqual(decodeEllSwift(encoding), x, `seed ${seed}`);
      assert.deepEqual(secondDecode(encoding), x, `seed ${seed}`);
      seen.add(bytesToHex(encoding));
    }
    const theirs = secondEncode(BigInt(`0x${bytesToHex(x)}`), random);
    assert.deepEqual(decodeEllSwift(theirs), x, `seed ${seed}`);
  }
  assert.equal(seen.size, 36);
});

Deno.test("encoding fails with a range error when the random source is broken", () => {
  const x = generateKeyPair(systemRandom).publicKeyX;
  const broken = { bytes: (length: number) => new Uint8Array(length) };
  assert.throws(() => encodeEllSwift(x, broken), RangeError);
});

Deno.test("about half of all field elements are on the curve", () => {
  const random = seededRandom(3);
  let on = 0;
  for (let i = 0; i < 400; i++) {
    if (isCurveX(BigInt(`0x${bytesToHex(random.bytes(31))}`))) on++;
  }
  assert.ok(on > 140 && on < 260, `${on} of 400`);
});

Deno.test("a public key is 32 bytes below the prime, on the curve", () => {
  const key = generateKeyPair(systemRandom).publicKeyX;
  assert.ok(isXOnlyKey(key));
  assert.ok(!isXOnlyKey(key.subarray(1)));
  assert.ok(!isXOnlyKey(new Uint8Array(33)));
  assert.ok(!isXOnlyKey(hexToBytes(FIELD_PRIME)));
  assert.ok(!isXOnlyKey(new Uint8Array(32)), "0 is no x-coordinate: 7 is no square");
});
