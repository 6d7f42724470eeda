/**
 * One key and its counter: ChaCha20-Poly1305 (RFC 8439) with the nonces of Noise §5.1.
 *
 * The cipher is the runtime's native one (`node:crypto`): on the small frames of mining a seal costs
 * a third of that of a cipher in JavaScript, and a tenth on large ones (tests/bench/noise_bench.ts).
 *
 * @module
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { assert } from "../../base/mod.ts";
import { NoiseError } from "./errors.ts";

/** Bytes of a key. */
const CIPHER_KEY_LENGTH = 32;

/** Bytes by which a seal is longer than what it seals. */
export const MAC_LENGTH = 16;

const NONCE_LENGTH = 12;
const ALGORITHM = "chacha20-poly1305";
const EMPTY = new Uint8Array(0);

/**
 * Noise ends at 2^64-1. We stop where a number is no longer exact, 2^53-1: at a million seals a
 * second that is 285 years after the connection began.
 */
const COUNTER_MAX = Number.MAX_SAFE_INTEGER;

/** A key with the counter of its next use. */
export class CipherState {
  readonly #key: Uint8Array;
  readonly #nonce = new Uint8Array(NONCE_LENGTH);
  readonly #nonceView = new DataView(this.#nonce.buffer);
  #counter: number;

  /**
   * @param key 32 bytes.
   * @param counter the counter of the first use; other than 0 only in tests.
   */
  constructor(key: Uint8Array, counter = 0) {
    assert(key.length === CIPHER_KEY_LENGTH, "a cipher key has 32 bytes");
    this.#key = key;
    this.#counter = counter;
  }

  /** The counter of the next use. */
  get counter(): number {
    return this.#counter;
  }

  /**
   * Seals `plaintext` into `out` at `offset`: as many bytes, and 16 more.
   *
   * @throws {NoiseError} `noise-counter-exhausted`.
   */
  seal(
    plaintext: Uint8Array,
    out: Uint8Array,
    offset: number,
    associated: Uint8Array = EMPTY,
  ): void {
    const cipher = createCipheriv(ALGORITHM, this.#key, this.#nextNonce(), {
      authTagLength: MAC_LENGTH,
    });
    if (associated.length > 0) cipher.setAAD(associated, { plaintextLength: plaintext.length });
    out.set(cipher.update(plaintext), offset);
    cipher.final();
    out.set(cipher.getAuthTag(), offset + plaintext.length);
    this.#counter++;
  }

  /**
   * Opens `ciphertext` (with its 16 bytes of MAC) into `out` at `offset`. The counter stays when it
   * does not open; nothing may be done with the session then but end it.
   *
   * @throws {NoiseError} `noise-decryption-failed`, `noise-counter-exhausted`.
   */
  open(
    ciphertext: Uint8Array,
    out: Uint8Array,
    offset: number,
    associated: Uint8Array = EMPTY,
  ): void {
    const length = ciphertext.length - MAC_LENGTH;
    if (length < 0) {
      throw new NoiseError("noise-decryption-failed", "Cannot open a ciphertext without a MAC");
    }
    const cipher = createDecipheriv(ALGORITHM, this.#key, this.#nextNonce(), {
      authTagLength: MAC_LENGTH,
    });
    if (associated.length > 0) cipher.setAAD(associated, { plaintextLength: length });
    cipher.setAuthTag(ciphertext.subarray(length));
    const plaintext = cipher.update(ciphertext.subarray(0, length));
    try {
      cipher.final();
    } catch (cause) {
      throw new NoiseError(
        "noise-decryption-failed",
        `Cannot open ciphertext ${this.#counter} of a session: its MAC does not fit`,
        { cause },
      );
    }
    // Only what is authentic leaves this function.
    out.set(plaintext, offset);
    this.#counter++;
  }

  /** Four zero bytes and the counter, 64 bits little-endian (SV2 spec §4.3). */
  #nextNonce(): Uint8Array {
    if (this.#counter >= COUNTER_MAX) {
      throw new NoiseError("noise-counter-exhausted", "Cannot go on: the counter is used up");
    }
    this.#nonceView.setUint32(4, this.#counter >>> 0, true);
    this.#nonceView.setUint32(8, Math.floor(this.#counter / 0x1_0000_0000), true);
    return this.#nonce;
  }
}
