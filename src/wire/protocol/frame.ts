/**
 * Frames: a header of six bytes and its payload.
 *
 * @module
 */
export { decodeFrameHeader, FRAME_HEADER_LENGTH, type FrameHeader } from "../codec/mod.ts";

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
