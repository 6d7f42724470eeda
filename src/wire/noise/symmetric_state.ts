/**
 * The state that both sides of a handshake keep in step (Noise §5.2, with SHA-256).
 *
 * @module
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "../../base/mod.ts";
import { CipherState, MAC_LENGTH } from "./cipher_state.ts";

/** Names pattern, curve, encoding, cipher and hash (SV2 spec §4.5). */
export const PROTOCOL_NAME = "Noise_NX_Secp256k1+EllSwift_ChaChaPoly_SHA256";

/** The keys of the two directions of an established session. */
export interface SplitKeys {
  readonly initiatorToResponder: CipherState;
  readonly responderToInitiator: CipherState;
}

/** Chaining key, handshake hash and, once there is one, the cipher. */
export class SymmetricState {
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: CipherState | undefined;

  constructor() {
    // The name is longer than a hash, so it is hashed (Noise §5.2); the prologue is empty, and to
    // mix nothing into the hash is to hash it once more.
    this.#chainingKey = sha256(new TextEncoder().encode(PROTOCOL_NAME));
    this.#hash = sha256(this.#chainingKey);
  }

  /** 32 bytes that both sides agree on exactly when they saw the same handshake so far. */
  get handshakeHash(): Uint8Array {
    return Uint8Array.from(this.#hash);
  }

  /** Noise `MixHash`. */
  mixHash(data: Uint8Array): void {
    this.#hash = sha256(concatBytes(this.#hash, data));
  }

  /** Noise `MixKey`: from here on what is sent is sealed, from counter 0. */
  mixKey(inputKeyMaterial: Uint8Array): void {
    const [chainingKey, key] = deriveTwo(this.#chainingKey, inputKeyMaterial);
    this.#chainingKey = chainingKey;
    this.#cipher = new CipherState(key);
  }

  /**
   * Noise `EncryptAndHash`.
   *
   * @returns the plaintext itself while there is no key, else its seal (16 bytes longer).
   */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    let sent = plaintext;
    if (this.#cipher !== undefined) {
      sent = new Uint8Array(plaintext.length + MAC_LENGTH);
      this.#cipher.seal(plaintext, sent, 0, this.#hash);
    }
    this.mixHash(sent);
    return sent;
  }

  /**
   * Noise `DecryptAndHash`.
   *
   * @throws {NoiseError} `noise-decryption-failed`.
   */
  decryptAndHash(received: Uint8Array): Uint8Array {
    let plaintext = received;
    if (this.#cipher !== undefined) {
      plaintext = new Uint8Array(Math.max(0, received.length - MAC_LENGTH));
      this.#cipher.open(received, plaintext, 0, this.#hash);
    }
    this.mixHash(received);
    return plaintext;
  }

  /** Noise `Split`: the handshake is over. */
  split(): SplitKeys {
    const [first, second] = deriveTwo(this.#chainingKey, new Uint8Array(0));
    return {
      initiatorToResponder: new CipherState(first),
      responderToInitiator: new CipherState(second),
    };
  }
}

/** Noise `HKDF` with two outputs of 32 bytes. */
function deriveTwo(chainingKey: Uint8Array, material: Uint8Array): [Uint8Array, Uint8Array] {
  const temporary = hmac(sha256, chainingKey, material);
  const first = hmac(sha256, temporary, Uint8Array.of(1));
  const second = hmac(sha256, temporary, concatBytes(first, Uint8Array.of(2)));
  return [first, second];
}
