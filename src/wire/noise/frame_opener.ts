import { decodeFrameHeader, FRAME_HEADER_LENGTH, PAYLOAD_LENGTH_MAX } from "../codec/mod.ts";
import { ByteGatherer } from "./_byte_gatherer.ts";
import { CHUNK_LENGTH_MAX, SEALED_HEADER_LENGTH } from "./_sealed_frame.ts";
import { type CipherState, MAC_LENGTH } from "./cipher_state.ts";
import { NoiseError } from "./errors.ts";

/** A frame whose header is opened and whose payload is not complete. */
interface FrameInProgress {
  readonly payloadLength: number;
  /** The plain frame so far: grows with what was authentic, never with what was announced. */
  bytes: Uint8Array;
  /** Bytes of `bytes` in use. */
  length: number;
}

/**
 * Opens a stream of sealed frames, however it was cut into pieces.
 *
 * It holds at most one incomplete ciphertext (65,535 bytes) and one incomplete frame, whose memory
 * grows by chunks that were opened: a length alone makes it allocate nothing large.
 */
export class FrameOpener {
  readonly #cipher: CipherState;
  readonly #gatherer = new ByteGatherer();
  readonly #header = new Uint8Array(FRAME_HEADER_LENGTH);
  #frame: FrameInProgress | undefined;
  #maxPayloadLength = PAYLOAD_LENGTH_MAX;
  #failure: NoiseError | undefined;

  constructor(cipher: CipherState) {
    this.#cipher = cipher;
  }

  /** The largest payload that a header may announce; a frame that has begun is not affected. */
  set maxPayloadLength(bytes: number) {
    this.#maxPayloadLength = Math.min(bytes, PAYLOAD_LENGTH_MAX);
  }

  /** Bytes received that are not yet part of a frame that was handed out. */
  get buffered(): number {
    return this.#gatherer.size + (this.#frame?.length ?? 0);
  }

  /**
   * Takes the next bytes of the stream and yields the plain frames (header and payload, each in
   * memory of its own) that they complete. Frames before a fault are yielded before it is thrown;
   * after it the stream is dead and every call throws it again.
   *
   * @param chunk any number of bytes; they may be overwritten when the iteration has ended.
   * @throws {NoiseError} `noise-decryption-failed`, `noise-payload-too-large`,
   * `noise-counter-exhausted`.
   */
  *push(chunk: Uint8Array): Generator<Uint8Array, void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#gatherer.feed(chunk);
    try {
      for (;;) {
        const ciphertext = this.#gatherer.take(this.#nextLength());
        if (ciphertext === undefined) return;
        const complete = this.#frame === undefined
          ? this.#openHeader(ciphertext)
          : this.#openChunk(this.#frame, ciphertext);
        if (complete !== undefined) yield complete;
      }
    } catch (error) {
      if (error instanceof NoiseError) this.#failure = error;
      throw error;
    } finally {
      // The chunk belongs to the caller again, also when it has stopped iterating early.
      this.#gatherer.keep();
    }
  }

  /** Bytes of the next ciphertext. */
  #nextLength(): number {
    if (this.#frame === undefined) return SEALED_HEADER_LENGTH;
    const missing = FRAME_HEADER_LENGTH + this.#frame.payloadLength - this.#frame.length;
    return Math.min(missing, CHUNK_LENGTH_MAX) + MAC_LENGTH;
  }

  /** Returns the frame when it has no payload. */
  #openHeader(ciphertext: Uint8Array): Uint8Array | undefined {
    this.#cipher.open(ciphertext, this.#header, 0);
    const payloadLength = decodeFrameHeader(this.#header).length;
    if (payloadLength > this.#maxPayloadLength) {
      throw new NoiseError(
        "noise-payload-too-large",
        `Cannot take a frame: payload of at most ${this.#maxPayloadLength} bytes expected, ` +
          `received a header that announces ${payloadLength}`,
      );
    }
    if (payloadLength === 0) return this.#header.slice();
    const bytes = new Uint8Array(FRAME_HEADER_LENGTH + Math.min(payloadLength, CHUNK_LENGTH_MAX));
    bytes.set(this.#header);
    this.#frame = { payloadLength, bytes, length: FRAME_HEADER_LENGTH };
    return undefined;
  }

  /** Returns the frame when this was its last chunk. */
  #openChunk(frame: FrameInProgress, ciphertext: Uint8Array): Uint8Array | undefined {
    const plainLength = ciphertext.length - MAC_LENGTH;
    const total = FRAME_HEADER_LENGTH + frame.payloadLength;
    if (frame.bytes.length < frame.length + plainLength) {
      const grown = new Uint8Array(Math.min(total, frame.bytes.length * 2 + CHUNK_LENGTH_MAX));
      grown.set(frame.bytes.subarray(0, frame.length));
      frame.bytes = grown;
    }
    this.#cipher.open(ciphertext, frame.bytes, frame.length);
    frame.length += plainLength;
    if (frame.length < total) return undefined;
    this.#frame = undefined;
    return frame.bytes;
  }
}
