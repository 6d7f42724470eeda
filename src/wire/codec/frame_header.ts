/**
 * The six bytes in front of every SV2 payload (SV2 specification, section 3.2, framing):
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 2 | extension_type U16; bit 15 says that the message belongs to a channel |
 * | 2 | 1 | msg_type U8 |
 * | 3 | 3 | msg_length U24, bytes of the payload before encryption |
 *
 * They stand in this room because both the plain stream and the Noise stream need them.
 *
 * @module
 */

/** Bytes of a frame's header. */
export const FRAME_HEADER_LENGTH = 6;

/** The greatest payload that the length field can express. */
export const PAYLOAD_LENGTH_MAX = 0xff_ffff;

/** Bit 15 of extension_type: the payload starts with a channel_id. */
export const CHANNEL_MSG_BIT = 0x8000;

/** A frame's header, taken apart. */
export interface FrameHeader {
  /** The extension's id without the channel bit, 0 to 0x7fff; 0 is the core protocol. */
  readonly extensionType: number;
  /** The channel bit. */
  readonly channelMsg: boolean;
  /** The message's number inside its extension, 0 to 255. */
  readonly msgType: number;
  /** Bytes of payload, 0 to {@link PAYLOAD_LENGTH_MAX}. */
  readonly length: number;
}

/**
 * Takes the first six bytes apart.
 *
 * @throws {RangeError} when there are fewer than six.
 */
export function decodeFrameHeader(bytes: Uint8Array): FrameHeader {
  if (bytes.length < FRAME_HEADER_LENGTH) {
    throw new RangeError(
      `Cannot read a frame header: ${FRAME_HEADER_LENGTH} bytes expected, received ${bytes.length}`,
    );
  }
  const at = (index: number): number => bytes[index] as number;
  const extension = at(0) | (at(1) << 8);
  return {
    extensionType: extension & ~CHANNEL_MSG_BIT,
    channelMsg: (extension & CHANNEL_MSG_BIT) !== 0,
    msgType: at(2),
    length: at(3) | (at(4) << 8) | (at(5) << 16),
  };
}

/**
 * Writes a header into the first six bytes of `bytes`.
 *
 * @throws {RangeError} when a number does not fit its field.
 */
export function writeFrameHeader(bytes: Uint8Array, header: FrameHeader): void {
  const { extensionType, channelMsg, msgType, length } = header;
  checkField("extension_type", extensionType, CHANNEL_MSG_BIT - 1);
  checkField("msg_type", msgType, 0xff);
  checkField("msg_length", length, PAYLOAD_LENGTH_MAX);
  const extension = extensionType | (channelMsg ? CHANNEL_MSG_BIT : 0);
  bytes[0] = extension & 0xff;
  bytes[1] = extension >>> 8;
  bytes[2] = msgType;
  bytes[3] = length & 0xff;
  bytes[4] = (length >>> 8) & 0xff;
  bytes[5] = length >>> 16;
}

function checkField(name: string, value: number, greatest: number): void {
  if (!Number.isInteger(value) || value < 0 || value > greatest) {
    throw new RangeError(
      `Cannot write a frame header: ${name} of 0 to ${greatest} expected, received ${value}`,
    );
  }
}
