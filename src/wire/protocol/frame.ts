/**
 * Frames: a header of six bytes and its payload, and the way from a stream of bytes to frames.
 *
 * @module
 */
import { FRAME_HEADER_LENGTH, writeFrameHeader } from "../codec/mod.ts";

export {
  CHANNEL_MSG_BIT,
  decodeFrameHeader,
  FRAME_HEADER_LENGTH,
  type FrameHeader,
  PAYLOAD_LENGTH_MAX,
} from "../codec/mod.ts";

/** One SV2 frame before encryption. */
export interface Frame {
  /** The extension's id without the channel bit. */
  readonly extensionType: number;
  /** The channel bit. */
  readonly channelMsg: boolean;
  /** The message's number inside its extension. */
  readonly msgType: number;
  readonly payload: Uint8Array;
}

/**
 * The bytes of a frame, in one allocation.
 *
 * @throws {RangeError} when a number does not fit its header field.
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const { extensionType, channelMsg, msgType, payload } = frame;
  const bytes = new Uint8Array(FRAME_HEADER_LENGTH + payload.length);
  writeFrameHeader(bytes, { extensionType, channelMsg, msgType, length: payload.length });
  bytes.set(payload, FRAME_HEADER_LENGTH);
  return bytes;
}
