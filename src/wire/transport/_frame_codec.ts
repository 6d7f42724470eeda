/**
 * The two ways in which SV2 frames stand on a stream: as they are, or sealed.
 *
 * @module
 */
import type { NoiseCodec } from "../noise/mod.ts";
import {
  decodeFrameHeader,
  type Frame,
  FRAME_HEADER_LENGTH,
  FrameDecoder,
} from "../protocol/mod.ts";
import type { Framer } from "./_framer.ts";

/** SV2 frames to bytes and back. */
export interface FrameCodec extends Framer<Frame> {
  readonly encrypted: boolean;
  /** The largest payload of the frames that have not begun. */
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

  *decode(chunk: Uint8Array): Generator<Frame, void> {
    // A copy, because the decoder's frames are views of what it is given.
    yield* this.#decoder.push(chunk.slice());
    if (this.#decoder.fault !== undefined) throw this.#decoder.fault;
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

  *decode(chunk: Uint8Array): Generator<Frame, void> {
    for (const bytes of this.#noise.opener.push(chunk)) yield frameOf(bytes);
  }

  limitPayload(maxPayloadLength: number): void {
    this.#noise.opener.maxPayloadLength = maxPayloadLength;
  }
}

function frameOf(bytes: Uint8Array): Frame {
  const { extensionType, channelMsg, msgType } = decodeFrameHeader(bytes);
  return { extensionType, channelMsg, msgType, payload: bytes.subarray(FRAME_HEADER_LENGTH) };
}
