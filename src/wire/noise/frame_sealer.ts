import { assert } from "../../base/mod.ts";
import { decodeFrameHeader, FRAME_HEADER_LENGTH } from "../codec/mod.ts";
import { CHUNK_LENGTH_MAX, SEALED_HEADER_LENGTH, sealedFrameLength } from "./_sealed_frame.ts";
import { type CipherState, MAC_LENGTH } from "./cipher_state.ts";

/** Seals plain frames in the order in which they are to be sent. */
export class FrameSealer {
  readonly #cipher: CipherState;

  constructor(cipher: CipherState) {
    this.#cipher = cipher;
  }

  /**
   * Seals one or several whole plain frames.
   *
   * @param frames header and payload, header and payload, …
   * @returns the bytes for the wire, a new array.
   * @throws {AssertionError} when the bytes do not end where a frame ends.
   */
  seal(frames: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(sealedLength(frames));
    let written = 0;
    for (let offset = 0; offset < frames.length;) {
      const header = frames.subarray(offset, offset + FRAME_HEADER_LENGTH);
      const end = offset + FRAME_HEADER_LENGTH + decodeFrameHeader(header).length;
      this.#cipher.seal(header, sealed, written);
      written += SEALED_HEADER_LENGTH;
      offset += FRAME_HEADER_LENGTH;
      while (offset < end) {
        const length = Math.min(end - offset, CHUNK_LENGTH_MAX);
        this.#cipher.seal(frames.subarray(offset, offset + length), sealed, written);
        written += length + MAC_LENGTH;
        offset += length;
      }
    }
    return sealed;
  }
}

/** Bytes on the wire of whole plain frames; looks at all of them before anything is sealed. */
function sealedLength(frames: Uint8Array): number {
  let total = 0;
  let offset = 0;
  while (offset < frames.length) {
    assert(
      frames.length - offset >= FRAME_HEADER_LENGTH,
      "whole frames are sealed, not parts of one",
    );
    const payloadLength = decodeFrameHeader(frames.subarray(offset)).length;
    offset += FRAME_HEADER_LENGTH + payloadLength;
    total += sealedFrameLength(payloadLength);
  }
  assert(offset === frames.length, "whole frames are sealed, not parts of one");
  return total;
}
