import assert from "node:assert/strict";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { systemRandom } from "../../../../src/base/mod.ts";
import { PROTOCOL_NAME, SymmetricState } from "../../../../src/wire/noise/symmetric_state.ts";

Deno.test("keys come from HKDF as RFC 5869 has it, and start at counter 0 after each mix", () => {
  const state = new SymmetricState();
  const ikm = systemRandom.bytes(32);
  const salt = sha256(new TextEncoder().encode(PROTOCOL_NAME));
  const output = hkdf(sha256, ikm, salt, undefined, 64);
  state.mixKey(ikm);
  const plain = systemRandom.bytes(10);
  const hash = state.handshakeHash;
  const sealed = state.encryptAndHash(plain);
  const cipher = chacha20poly1305(output.subarray(32), new Uint8Array(12), hash);
  assert.deepEqual(sealed, cipher.encrypt(plain));
  const keys = state.split();
  const split = hkdf(sha256, new Uint8Array(0), output.subarray(0, 32), undefined, 64);
  for (const [i, key] of [keys.initiatorToResponder, keys.responderToInitiator].entries()) {
    const out = new Uint8Array(plain.length + 16);
    key.seal(plain, out, 0);
    const expected = chacha20poly1305(split.subarray(32 * i, 32 * i + 32), new Uint8Array(12));
    assert.deepEqual(out, expected.encrypt(plain));
  }
});

Deno.test("two sides stay in step as long as they see the same, and not when they do not", () => {
  const [one, other] = [new SymmetricState(), new SymmetricState()];
  const ikm = systemRandom.bytes(32);
  for (const state of [one, other]) state.mixKey(ikm);
  const plain = systemRandom.bytes(33);
  assert.deepEqual(other.decryptAndHash(one.encryptAndHash(plain)), plain);
  assert.deepEqual(one.handshakeHash, other.handshakeHash);
  one.mixHash(Uint8Array.of(1));
  other.mixHash(Uint8Array.of(2));
  const sealed = one.encryptAndHash(plain);
  assert.throws(() => other.decryptAndHash(sealed), { code: "noise-decryption-failed" });
  assert.throws(() => other.decryptAndHash(new Uint8Array(3)), {
    code: "noise-decryption-failed",
  });
});
