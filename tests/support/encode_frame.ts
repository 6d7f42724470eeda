import { writeFrameHeader } from "../../src/wire/codec/mod.ts";
import { type Frame, FRAME_HEADER_LENGTH } from "../../src/wire/protocol/mod.ts";

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
