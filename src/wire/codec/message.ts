/**
 * How a message is declared: once. The declaration holds the wire name, the numbers of the header
 * and the ordered fields; the TypeScript type, encoding, decoding, byte bounds, log view, test
 * values and the table of the wire specification follow from it. An example stands in mod.ts.
 *
 * @module
 */
import { assert, type LogValue, type Random } from "../../base/mod.ts";
import { malformed } from "./_malformed.ts";
import {
  CHANNEL_MSG_BIT,
  FRAME_HEADER_LENGTH,
  PAYLOAD_LENGTH_MAX,
  writeFrameHeader,
} from "./frame_header.ts";
import type { Direction, FieldRow, FieldSpan, MessageType } from "./message_type.ts";
import { WireReader } from "./wire_reader.ts";
import { WireFault } from "./wire_fault.ts";
import type { WireType } from "./wire_type.ts";
import { WireWriter } from "./wire_writer.ts";

/** A field of a declaration: its type, and what it means to a reader of the specification. */
export interface Field<T> {
  readonly type: WireType<T>;
  readonly doc: string;
}

/** Declares a field; `doc` is one sentence for the wire specification. */
export function field<T>(type: WireType<T>, doc: string): Field<T> {
  return { type, doc };
}

// The one place where a field of any type may stand; the values are typed by FieldValues.
// deno-lint-ignore no-explicit-any
type AnyField = Field<any>;

/** The fields of a message in wire order; keys are the camelCase forms of the wire names. */
export type Fields = Readonly<Record<string, AnyField>>;

/** The value of a message with these fields. */
export type FieldValues<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

/** What a declaration holds. */
export interface MessageDeclaration<N extends string, F extends Fields> {
  /** The subprotocol whose messages share one space of numbers; stands in front of errors. */
  readonly protocol: string;
  /** The specification's name, for example `SubmitShares.Success`. */
  readonly name: N;
  readonly direction: Direction;
  /** Without the channel bit. */
  readonly extensionType: number;
  readonly msgType: number;
  /** Whether the channel bit is set on the wire; then the first field is the channel's id. */
  readonly channelMsg: boolean;
  /** What it is for, in a sentence or two. */
  readonly summary: string;
  readonly fields: F;
}

/** `nonce2Len` to `nonce_2_len`. */
function wireNameOf(key: string): string {
  return key.replace(/[A-Z]|[0-9]+/g, (part) => `_${part.toLowerCase()}`);
}

class DeclaredMessage<N extends string, F extends Fields>
  implements MessageType<FieldValues<F>, N> {
  readonly protocol: string;
  readonly name: N;
  readonly direction: Direction;
  readonly extensionType: number;
  readonly msgType: number;
  readonly channelMsg: boolean;
  readonly summary: string;
  readonly rules: readonly string[] = [];
  readonly layout: readonly FieldRow[];
  readonly minLength: number;
  readonly maxLength: number;
  readonly #types: readonly WireType<unknown>[];

  constructor(declaration: MessageDeclaration<N, F>) {
    this.protocol = declaration.protocol;
    this.name = declaration.name;
    this.direction = declaration.direction;
    this.extensionType = declaration.extensionType;
    this.msgType = declaration.msgType;
    this.channelMsg = declaration.channelMsg;
    this.summary = declaration.summary;
    this.#types = Object.values(declaration.fields).map((f) => f.type as WireType<unknown>);
    this.layout = Object.entries(declaration.fields).map(([key, f]) => ({
      key,
      wireName: wireNameOf(key),
      type: f.type.name,
      minLength: f.type.minLength,
      maxLength: f.type.maxLength,
      doc: f.doc,
    }));
    const sum = (of: (row: FieldRow) => number) => this.layout.reduce((n, row) => n + of(row), 0);
    this.minLength = sum((row) => row.minLength);
    this.maxLength = Math.min(sum((row) => row.maxLength), PAYLOAD_LENGTH_MAX);
  }

  encode(value: FieldValues<F>): Uint8Array {
    const length = this.#measure(value);
    const frame = new Uint8Array(FRAME_HEADER_LENGTH + length);
    const { extensionType, channelMsg, msgType } = this;
    writeFrameHeader(frame, { extensionType, channelMsg, msgType, length });
    const writer = new WireWriter(frame.subarray(FRAME_HEADER_LENGTH));
    this.#eachField((type, key) => type.write(writer, value[key]));
    assert(writer.offset === length, `${this.name} did not write what it measured`);
    return frame;
  }

  decode(payload: Uint8Array): FieldValues<F> {
    const reader = new WireReader(payload);
    const value: Record<string, unknown> = {};
    this.#read(reader, (key, fieldValue) => value[key] = fieldValue);
    return value as FieldValues<F>;
  }

  describe(value: FieldValues<F>): Readonly<Record<string, LogValue>> {
    const view: Record<string, LogValue> = {};
    this.#eachField((type, key, row) => view[row.wireName] = type.describe(value[key]));
    return view;
  }

  spans(payload: Uint8Array): FieldSpan[] {
    const reader = new WireReader(payload);
    const spans: FieldSpan[] = [];
    let offset = 0;
    this.#read(reader, (_key, fieldValue, type, row) => {
      spans.push({ row, offset, length: reader.offset - offset, value: type.describe(fieldValue) });
      offset = reader.offset;
    });
    return spans;
  }

  sample(random: Random): FieldValues<F> {
    const value: Record<string, unknown> = {};
    this.#eachField((type, key) => value[key] = type.sample(random));
    return value as FieldValues<F>;
  }

  #eachField(visit: (type: WireType<unknown>, key: string, row: FieldRow) => void): void {
    for (let i = 0; i < this.#types.length; i++) {
      const row = this.layout[i] as FieldRow;
      visit(this.#types[i] as WireType<unknown>, row.key, row);
    }
  }

  #measure(value: FieldValues<F>): number {
    let length = 0;
    this.#eachField((type, key, row) => {
      try {
        length += type.measure(value[key]);
      } catch (cause) {
        if (!(cause instanceof RangeError)) throw cause;
        const where = `${this.protocol}.${this.name}.${row.wireName}`;
        throw new RangeError(`Cannot encode ${where}: ${cause.message}`, { cause });
      }
    });
    return length;
  }

  #read(
    reader: WireReader,
    take: (key: string, value: unknown, type: WireType<unknown>, row: FieldRow) => void,
  ): void {
    this.#eachField((type, key, row) => {
      let value: unknown;
      try {
        value = type.read(reader);
      } catch (fault) {
        if (!(fault instanceof WireFault)) throw fault;
        throw malformed(this, `.${row.wireName}${fault.within}: ${fault.message}`);
      }
      take(key, value, type, row);
    });
    // No TLV extension is negotiated by this program, so nothing may follow the last field.
    if (reader.left > 0) throw malformed(this, `: ${reader.left} bytes after the last field`);
  }
}

/**
 * Declares a message.
 *
 * @throws {AssertionError} when the declaration contradicts itself: a number that does not fit the
 *   header, or the channel bit on a message that does not start with a U32.
 */
export function defineMessage<const N extends string, const F extends Fields>(
  declaration: MessageDeclaration<N, F>,
): MessageType<FieldValues<F>, N> {
  const { name, extensionType, msgType, channelMsg, fields } = declaration;
  assert(extensionType >= 0 && extensionType < CHANNEL_MSG_BIT, `${name}: extension type`);
  assert(msgType >= 0 && msgType <= 0xff, `${name}: message type`);
  assert(
    !channelMsg || Object.values(fields)[0]?.type.name === "U32",
    `${name}: the channel bit promises a channel id in the first four bytes`,
  );
  return new DeclaredMessage(declaration);
}
