import { ProtocolError } from "../../base/mod.ts";
import { decodeFrameHeader, FRAME_HEADER_LENGTH, type FrameHeader } from "../codec/mod.ts";
import type { Frame } from "./frame.ts";

/** The error code of a header that announces more than the receiver takes. */
const FRAME_TOO_LONG = "frame-too-long";

// A payload is allocated no further ahead of its bytes than this or twice what has come, so that
// a header alone cannot make the receiver reserve the whole of a great limit.
const FIRST_RESERVE = 4096;

const NOTHING = new Uint8Array(0);

/**
 * Cuts a stream of plain bytes into frames. It may be fed any split of the stream.
 *
 * A frame that lies whole in one chunk is handed out as a view of that chunk, so a chunk must not
 * be overwritten while its frames are in use. Of a frame that is spread over chunks every byte is
 * copied a constant number of times, however small the chunks are.
 */
export class FrameDecoder {
  #maxPayloadLength: number;
  #fault: ProtocolError | undefined;
  readonly #header = new Uint8Array(FRAME_HEADER_LENGTH);
  #headerFilled = 0;
  /** The frame whose header is complete and whose payload is not. */
  #open: FrameHeader | undefined;
  #payload = NOTHING;
  #payloadFilled = 0;

  /** @param options.maxPayloadLength bytes; a header that announces more ends the stream. */
  constructor(options: { readonly maxPayloadLength: number }) {
    this.#maxPayloadLength = options.maxPayloadLength;
  }

  /** Changes the limit for the headers that are still to come. */
  set maxPayloadLength(bytes: number) {
    this.#maxPayloadLength = bytes;
  }

  get maxPayloadLength(): number {
    return this.#maxPayloadLength;
  }

  /** Bytes that are held of a frame that is not whole yet. */
  get buffered(): number {
    return this.#headerFilled + this.#payloadFilled;
  }

  /** Bytes that are set aside for the frame that is not whole yet. */
  get reserved(): number {
    return this.#payload.length;
  }

  /**
   * Why the stream has ended, as soon as it is known: frames that stood whole in front of the
   * fault are still handed out by the {@link push} that met it, and the next one throws.
   */
  get fault(): ProtocolError | undefined {
    return this.#fault;
  }

  /**
   * Takes the next bytes of the stream and hands out the frames that they complete, in order.
   *
   * @throws {ProtocolError} `frame-too-long`, consequence `drop_connection`, when a header
   *   announces more than the limit and no whole frame stands in front of it in this chunk; and
   *   at every call after the fault.
   */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (at < chunk.length && this.#fault === undefined) {
      if (this.#open === undefined) {
        at += this.#takeHeader(chunk, at);
      }
      if (this.#open !== undefined) {
        at += this.#takePayload(chunk, at, this.#open, frames);
      }
    }
    if (this.#fault !== undefined && frames.length === 0) throw this.#fault;
    return frames;
  }

  #takeHeader(chunk: Uint8Array, at: number): number {
    const taken = Math.min(FRAME_HEADER_LENGTH - this.#headerFilled, chunk.length - at);
    this.#header.set(chunk.subarray(at, at + taken), this.#headerFilled);
    this.#headerFilled += taken;
    if (this.#headerFilled === FRAME_HEADER_LENGTH) this.#openFrame();
    return taken;
  }

  #openFrame(): void {
    const header = decodeFrameHeader(this.#header);
    if (header.length <= this.#maxPayloadLength) {
      this.#open = header;
      return;
    }
    this.#fault = new ProtocolError(
      FRAME_TOO_LONG,
      `frame of type ${header.msgType}: ${header.length} bytes, at most ${this.#maxPayloadLength}`,
      "drop_connection",
    );
  }

  #takePayload(chunk: Uint8Array, at: number, open: FrameHeader, frames: Frame[]): number {
    const taken = Math.min(open.length - this.#payloadFilled, chunk.length - at);
    const part = chunk.subarray(at, at + taken);
    if (taken === open.length) {
      this.#close(open, part, frames);
      return taken;
    }
    this.#reserve(open.length, this.#payloadFilled + taken);
    this.#payload.set(part, this.#payloadFilled);
    this.#payloadFilled += taken;
    if (this.#payloadFilled === open.length) this.#close(open, this.#payload, frames);
    return taken;
  }

  /** Makes room for `needed` bytes of a payload of `whole` bytes; doubles, so that it is linear. */
  #reserve(whole: number, needed: number): void {
    if (needed <= this.#payload.length) return;
    const doubled = Math.max(FIRST_RESERVE, 2 * this.#payload.length, needed);
    const larger = new Uint8Array(Math.min(whole, doubled));
    larger.set(this.#payload.subarray(0, this.#payloadFilled));
    this.#payload = larger;
  }

  #close(open: FrameHeader, payload: Uint8Array, frames: Frame[]): void {
    const { extensionType, channelMsg, msgType } = open;
    frames.push({ extensionType, channelMsg, msgType, payload });
    this.#open = undefined;
    this.#headerFilled = 0;
    this.#payload = NOTHING;
    this.#payloadFilled = 0;
  }
}
