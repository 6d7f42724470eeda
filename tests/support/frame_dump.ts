/**
 * Frames as annotated hexadecimal: every byte, with the field that it belongs to and what the field
 * says. Field names and offsets come from the declarations.
 *
 * @module
 */
import { CHANNEL_MSG_BIT, type FieldSpan, FRAME_HEADER_LENGTH } from "../../src/wire/codec/mod.ts";
import type { Frame } from "../../src/wire/protocol/mod.ts";
import { encodeFrame } from "./encode_frame.ts";
import { messageTypeOf, type ProtocolName } from "../../src/wire/protocol/messages.ts";

/** A frame and who sent it. */
export interface RecordedFrame {
  readonly direction: "client" | "server";
  readonly frame: Frame;
}

/** A field takes 16 bytes a line; one that would fill more than four lines takes 32. */
const LINE_BYTES = 16;
const LONG_LINE_BYTES = 32;
const LONG_FIELD_BYTES = 4 * LINE_BYTES;

const NAME_WIDTH = 28;

/** One stretch of bytes that belong together. */
interface Part {
  readonly offset: number;
  readonly length: number;
  readonly name: string;
  readonly text: string;
}

/**
 * Prints a conversation, frame by frame, in the order given.
 *
 * A frame that no message is declared for is printed with its payload as one field.
 *
 * @throws {ProtocolError} when a payload does not fit its message.
 */
export function dumpFrames(protocol: ProtocolName, frames: readonly RecordedFrame[]): string {
  return frames.map((recorded) => dumpFrame(protocol, recorded)).join("\n");
}

function dumpFrame(protocol: ProtocolName, { direction, frame }: RecordedFrame): string {
  const type = messageTypeOf(protocol, frame);
  const bytes = encodeFrame(frame);
  const fields = type?.spans(frame.payload).map(partOf) ?? [unknownPayload(frame)];
  const parts = [...headerParts(frame), ...fields];
  const arrow = direction === "client" ? "miner -> pool" : "pool -> miner";
  const title = `${arrow}  ${type?.name ?? "unknown message"}, ${bytes.length} bytes`;
  return [title, ...parts.flatMap((part) => linesOf(bytes, part)), ""].join("\n");
}

function headerParts(frame: Frame): Part[] {
  const { extensionType, channelMsg, msgType, payload } = frame;
  const extension = extensionType | (channelMsg ? CHANNEL_MSG_BIT : 0);
  const bit = channelMsg ? "channel bit set" : "channel bit clear";
  return [
    { offset: 0, length: 2, name: "extension_type", text: `${hex(extension, 4)}, ${bit}` },
    { offset: 2, length: 1, name: "msg_type", text: hex(msgType, 2) },
    { offset: 3, length: 3, name: "msg_length", text: `${payload.length}` },
  ];
}

/** Types whose value is nothing but the bytes that stand in the line anyway. */
const BYTE_TYPES = /^(BYTES|U256|B0_|MAC|PUBKEY|SIGNATURE)/;

function partOf({ row, offset, length, value }: FieldSpan): Part {
  return {
    offset: FRAME_HEADER_LENGTH + offset,
    length,
    name: row.wireName,
    text: BYTE_TYPES.test(row.type) ? "" : String(value),
  };
}

function unknownPayload({ payload }: Frame): Part {
  return { offset: FRAME_HEADER_LENGTH, length: payload.length, name: "payload", text: "" };
}

function linesOf(bytes: Uint8Array, part: Part): string[] {
  const width = part.length > LONG_FIELD_BYTES ? LONG_LINE_BYTES : LINE_BYTES;
  const lines: string[] = [];
  for (let at = part.offset; at < part.offset + part.length; at += width) {
    const end = Math.min(at + width, part.offset + part.length);
    const label = at === part.offset ? `${part.name.padEnd(NAME_WIDTH)}${part.text}`.trimEnd() : "";
    lines.push(`  ${line(at, bytes.subarray(at, end), label)}`);
  }
  return lines;
}

function line(offset: number, bytes: Uint8Array, label: string): string {
  const hexadecimal = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const columns = `${offset.toString(16).padStart(4, "0")}  ${
    hexadecimal.padEnd(3 * LINE_BYTES - 1)
  }`;
  return `${columns}  ${label}`.trimEnd();
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}
