/**
 * The two ways in which frames stand on a stream: as they are, or sealed.
 *
 * @module
 */
import { ProtocolError } from "../base/mod.ts";
import type { NoiseCodec } from "../noise/mod.ts";
import {
  decodeFrameHeader,
  type Frame,
  FRAME_HEADER_LENGTH,
  FrameDecoder,
} from "../protocol/mod.ts";

/** What a piece of the stream completed. */
export interface DecodedFrames {
  readonly frames: Frame[];
  /** Set when the stream is broken behind these frames. */
  readonly fault: ProtocolError | undefined;
}

/** Frames to bytes and back. */
export interface FrameCodec {
  readonly encrypted: boolean;
  /** Whole plain frames to bytes for the wire, in the order of the calls. */
  encode(frames: Uint8Array): Uint8Array;
  /** Takes the next bytes of the stream; they may be overwritten afterwards. */
  decode(chunk: Uint8Array): DecodedFrames;
  limitPayload(maxPayloadLength: number): void;
}

/** Frames as they are. */
export class PlainFrameCodec implements FrameCodec {
  readonly encrypted = false;
  readonly #decoder: FrameDecoder;

  constructor(maxPayloadLength: number) {
    this.#decoder = new FrameDecoder({ maxPayloadLength });
  }

  encode(frames: Uint8Array): Uint8Array {
    return frames;
  }

  decode(chunk: Uint8Array): DecodedFrames {
    try {
      // A copy, because the decoder's frames are views of what it is given.
      const frames = this.#decoder.push(chunk.slice());
      return { frames, fault: this.#decoder.fault };
    } catch (error) {
      return { frames: [], fault: faultOf(error) };
    }
  }

  limitPayload(maxPayloadLength: number): void {
    this.#decoder.maxPayloadLength = maxPayloadLength;
  }
}

/** Frames sealed with Noise. */
export class SealedFrameCodec implements FrameCodec {
  readonly encrypted = true;
  readonly #noise: NoiseCodec;

  constructor(noise: NoiseCodec, maxPayloadLength: number) {
    this.#noise = noise;
    this.limitPayload(maxPayloadLength);
  }

  encode(frames: Uint8Array): Uint8Array {
    return this.#noise.sealer.seal(frames);
  }

  decode(chunk: Uint8Array): DecodedFrames {
    const frames: Frame[] = [];
    try {
      for (const bytes of this.#noise.opener.push(chunk)) frames.push(frameOf(bytes));
      return { frames, fault: undefined };
    } catch (error) {
      return { frames, fault: faultOf(error) };
    }
  }

  limitPayload(maxPayloadLength: number): void {
    this.#noise.opener.maxPayloadLength = maxPayloadLength;
  }
}

function frameOf(bytes: Uint8Array): Frame {
  const { extensionType, channelMsg, msgType } = decodeFrameHeader(bytes);
  return { extensionType, channelMsg, msgType, payload: bytes.subarray(FRAME_HEADER_LENGTH) };
}

/** The peer's fault is an answer; anything else is ours and goes up. */
function faultOf(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  throw error;
}
