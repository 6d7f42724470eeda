/**
 * Shape of a sealed frame (SV2 spec §4.6): the 6-byte header sealed alone, then the payload in
 * chunks, each sealed by itself. `msg_length` in the header counts plain payload bytes.
 *
 * @module
 */
import { FRAME_HEADER_LENGTH } from "../codec/mod.ts";
import { MAC_LENGTH } from "./cipher_state.ts";

/** Bytes of a sealed header. */
export const SEALED_HEADER_LENGTH = FRAME_HEADER_LENGTH + MAC_LENGTH;

/** Plain bytes in a chunk: with its MAC it fills the 65,535 bytes of a Noise message. */
export const CHUNK_LENGTH_MAX = 65_519;

/** Bytes on the wire of a frame with so much payload; a frame without payload has no chunk. */
export function sealedFrameLength(payloadLength: number): number {
  return SEALED_HEADER_LENGTH + payloadLength +
    MAC_LENGTH * Math.ceil(payloadLength / CHUNK_LENGTH_MAX);
}
