import assert from "node:assert/strict";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { seededRandom } from "../../../support/seeded_random.ts";
import { CipherState, MAC_LENGTH } from "../../../../src/wire/noise/cipher_state.ts";
import { NoiseError } from "../../../../src/wire/noise/mod.ts";

const random = seededRandom(21);
const key = random.bytes(32);

/** Around the blocks of the cipher (64), of the MAC (16), and the lengths of mining. */
const LENGTHS = [0, 1, 6, 15, 16, 17, 63, 64, 65, 128, 174, 1_400, 65_519];

function sealed(state: CipherState, plain: Uint8Array, associated?: Uint8Array): Uint8Array {
  const out = new Uint8Array(plain.length + MAC_LENGTH);
  state.seal(plain, out, 0, associated);
  return out;
}

function opened(state: CipherState, cipher: Uint8Array, associated?: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.max(0, cipher.length - MAC_LENGTH));
  state.open(cipher, out, 0, associated);
  return out;
}

Deno.test("a seal is that of another implementation of the cipher, for each counter", () => {
  const associated = random.bytes(32);
  for (const start of [0, 1, 255, 256, 0xffff_ffff, 0x1_0000_0000, 2 ** 52]) {
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setBigUint64(4, BigInt(start), true);
    for (const length of LENGTHS.slice(0, -1)) {
      const plain = random.bytes(length);
      const where = `counter ${start}, ${length} bytes`;
      const bare = sealed(new CipherState(key, start), plain);
      assert.deepEqual(bare, chacha20poly1305(key, nonce).encrypt(plain), where);
      const bound = sealed(new CipherState(key, start), plain, associated);
      assert.deepEqual(bound, chacha20poly1305(key, nonce, associated).encrypt(plain), where);
    }
  }
});

Deno.test("what is sealed opens once, in order", () => {
  const sender = new CipherState(key);
  const receiver = new CipherState(key);
  for (const length of LENGTHS) {
    const plain = random.bytes(length);
    assert.deepEqual(opened(receiver, sealed(sender, plain)), plain);
  }
  assert.equal(sender.counter, LENGTHS.length);
  assert.equal(receiver.counter, LENGTHS.length);
  const [first, second] = [sealed(sender, random.bytes(9)), sealed(sender, random.bytes(9))];
  assert.throws(() => opened(receiver, second), { code: "noise-decryption-failed" });
  opened(receiver, first);
  assert.throws(() => opened(receiver, first), { code: "noise-decryption-failed" });
});

Deno.test("no changed bit, no cut and no other associated data opens, and the counter stays", () => {
  const associated = random.bytes(32);
  const cipher = sealed(new CipherState(key), random.bytes(20), associated);
  const receiver = new CipherState(key);
  const refused = (bytes: Uint8Array, data: Uint8Array, where: string): void => {
    const out = new Uint8Array(64).fill(0x55);
    assert.throws(
      () => receiver.open(bytes, out, 0, data),
      (error) => error instanceof NoiseError && error.code === "noise-decryption-failed",
      where,
    );
    assert.ok(out.every((byte) => byte === 0x55), `nothing unauthentic is handed out: ${where}`);
    assert.equal(receiver.counter, 0, where);
  };
  for (let bit = 0; bit < cipher.length * 8; bit++) {
    const changed = cipher.slice();
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    refused(changed, associated, `bit ${bit}`);
  }
  for (let length = 0; length < cipher.length; length++) {
    refused(cipher.subarray(0, length), associated, `cut to ${length}`);
  }
  refused(cipher, associated.subarray(1), "shorter associated data");
  refused(cipher, new Uint8Array(0), "no associated data");
  assert.equal(opened(receiver, cipher, associated).length, 20);
});

Deno.test("a counter that is used up seals and opens nothing", () => {
  const last = new CipherState(key, Number.MAX_SAFE_INTEGER - 1);
  sealed(last, random.bytes(3));
  assert.throws(() => sealed(last, random.bytes(3)), { code: "noise-counter-exhausted" });
  const receiver = new CipherState(key, Number.MAX_SAFE_INTEGER);
  assert.throws(() => opened(receiver, random.bytes(40)), { code: "noise-counter-exhausted" });
});
