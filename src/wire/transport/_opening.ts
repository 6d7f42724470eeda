/**
 * What a client's first bytes begin, where one port serves more than one protocol. As many bytes are
 * asked for as make it certain and no more, because a client waits for an answer after its first
 * message, and the first message of Noise is 64 random bytes that may begin like any other one:
 *
 * | opening | what makes it certain | random bytes look like it once in |
 * |---|---|---|
 * | frames | `00 00 00` and a length that no SetupConnection has, or one with its protocol and versions | 2^44 |
 * | lines | a JSON object with a member, 32 characters of ASCII or whole with its line feed | 2^52 |
 * | text | the request line of HTTP, 27 printable bytes and a line feed, or 64 printable bytes | 2^44 |
 * | noise | that it can be nothing else | |
 *
 * @module
 */
import { ACT1_LENGTH } from "../noise/mod.ts";
import { decodeFrameHeader, FRAME_HEADER_LENGTH } from "../protocol/mod.ts";
import { FIRST_PAYLOAD_LENGTH_MAX } from "./limits.ts";

/** The kinds of beginnings. */
export type Opening =
  /** Plain SV2. */
  | "frames"
  /** JSON, as Stratum V1 has it. */
  | "lines"
  /** Any other text. */
  | "text"
  /** Act 1 of the Noise handshake. */
  | "noise";

/** SetupConnection with all its strings empty (SV2 spec §3.5.1). */
const SETUP_LENGTH_MIN = 16;

/** Header, protocol U8, min_version U16, max_version U16. */
const FRAMES_CERTAIN_LENGTH = FRAME_HEADER_LENGTH + 5;

/** The roles that SV2 names are 0 to 2, and two have been talked about. */
const PROTOCOL_MAX = 4;

const LINES_CERTAIN_LENGTH = 32;

const TEXT_CERTAIN_LENGTH = 27;

/** JSON of an object with a member, or of an array of such, as far as it has come; ASCII only. */
const JSON_SO_FAR = /^[\t\n\r ]*(?:\[[\t\n\r ]*)?(?:\{[\t\n\r ]*(?:"[\t\n\r\x20-\x7e]*)?)?$/;

const HTTP_REQUEST_LINE = /^[A-Z]{3,7} [\x21-\x7e]* HTTP\/1\.[01]/;

/**
 * What a connection opens with. The shortest beginning that tells decides, so that it is the same
 * however the network cut the bytes.
 *
 * @param first all that has come, 1 to 64 bytes; undefined while more is needed.
 */
export function openingOf(first: Uint8Array): Opening | undefined {
  for (let length = 1; length <= first.length; length++) {
    const opening = toldBy(first.subarray(0, length));
    if (opening !== undefined) return opening;
  }
  return undefined;
}

function toldBy(first: Uint8Array): Opening | undefined {
  const frames = looksLikeFrames(first);
  if (frames === "certain") return "frames";
  const isAllText = isText(first);
  if (isAllText) {
    const text = String.fromCharCode(...first);
    if (isCertainlyJson(text)) return "lines";
    if (isCertainlyText(text)) return "text";
  }
  const isOpen = (frames === "possible" || isAllText) && first.length < ACT1_LENGTH;
  return isOpen ? undefined : "noise";
}

/** True when there are only printable characters and white space of ASCII. */
export function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) =>
    (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09
  );
}

function looksLikeFrames(first: Uint8Array): "certain" | "possible" | "no" {
  // extension_type 0x0000, msg_type 0x00, and no more than 2,048 bytes.
  if (!first.subarray(0, 3).every((byte) => byte === 0)) return "no";
  if (first.length < FRAME_HEADER_LENGTH) return "possible";
  const { length } = decodeFrameHeader(first);
  if (length > FIRST_PAYLOAD_LENGTH_MAX) return "no";
  // So short it is no whole SetupConnection, but by no accident either: its reader will say so.
  if (length < SETUP_LENGTH_MIN) return "certain";
  const [protocol = 0, , minimum = 0, , maximum = 0] = first.subarray(FRAME_HEADER_LENGTH);
  // Versions are small numbers: their upper bytes are zero.
  if (protocol > PROTOCOL_MAX || minimum !== 0 || maximum !== 0) return "no";
  return first.length < FRAMES_CERTAIN_LENGTH ? "possible" : "certain";
}

function isCertainlyJson(text: string): boolean {
  // Where it matches, the first quotation mark begins a member's name.
  if (!JSON_SO_FAR.test(text) || !text.includes('"')) return false;
  return text.length >= LINES_CERTAIN_LENGTH || beginsWithWholeLine(text);
}

function beginsWithWholeLine(text: string): boolean {
  const [line, rest] = text.trimStart().split("\n", 2);
  if (line === undefined || rest === undefined) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function isCertainlyText(text: string): boolean {
  if (text.length >= ACT1_LENGTH || HTTP_REQUEST_LINE.test(text)) return true;
  return text.length >= TEXT_CERTAIN_LENGTH && text.endsWith("\n") && !JSON_SO_FAR.test(text);
}
