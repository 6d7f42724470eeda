import { type Frame } from "../../../../src/wire/protocol/mod.ts";
import { encodeFrame } from "../../../support/encode_frame.ts";

/** A plain frame whose payload says which one it is. */
export function frameBytes(mark: number, payloadLength = 4): Uint8Array {
  const payload = new Uint8Array(payloadLength).fill(mark & 0xff);
  return encodeFrame({ extensionType: 0, channelMsg: false, msgType: mark & 0x7f, payload });
}

/** The marks of frames made by {@link frameBytes}, after a look at their payloads. */
export function marksOf(frames: readonly Frame[]): number[] {
  return frames.map((frame) => {
    if (!frame.payload.every((byte) => (byte & 0x7f) === frame.msgType)) {
      throw new Error(`the payload of frame ${frame.msgType} was spoilt`);
    }
    return frame.msgType;
  });
}
