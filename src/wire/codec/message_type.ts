/**
 * What a declared message can do; see {@link defineMessage} for how one is made.
 *
 * @module
 */
import type { LogValue, Random } from "../../base/mod.ts";

/** Who sends a message. */
export type Direction = "client" | "server" | "both";

/** A field as readers see it. */
export interface FieldRow {
  /** The camelCase key of the value. */
  readonly key: string;
  /** The specification's name, for example `nonce_2_len`. */
  readonly wireName: string;
  /** The wire type's name. */
  readonly type: string;
  readonly minLength: number;
  readonly maxLength: number;
  readonly doc: string;
}

/** Where a field lies in one payload, and what it says there. */
export interface FieldSpan {
  readonly row: FieldRow;
  /** Offset in the payload. */
  readonly offset: number;
  readonly length: number;
  readonly value: LogValue;
}

/** A declared message. */
export interface MessageType<T, N extends string = string> {
  readonly protocol: string;
  readonly name: N;
  readonly direction: Direction;
  readonly extensionType: number;
  readonly msgType: number;
  readonly channelMsg: boolean;
  readonly summary: string;
  /** Rules across fields, a sentence each. */
  readonly rules: readonly string[];
  /** The fields in wire order. */
  readonly layout: readonly FieldRow[];
  /** Least payload in bytes. */
  readonly minLength: number;
  /** Greatest payload in bytes. */
  readonly maxLength: number;
  /**
   * A whole plain frame, header and payload, in one allocation.
   *
   * @throws {RangeError} when the value does not fit the declaration; that is a fault of ours.
   */
  encode(value: T): Uint8Array;
  /**
   * Reads one payload. Byte fields of the result are views of it: what is kept longer than the
   * payload's bytes may live must be copied.
   *
   * @throws {ProtocolError} `malformed-message`, consequence `drop_connection`; the message says
   *   in which field.
   */
  decode(payload: Uint8Array): T;
  /** The fields under their wire names, short, for a log line of level debug or a dump. */
  describe(value: T): Readonly<Record<string, LogValue>>;
  /** The fields with their places in a payload, for a dump; throws as {@link decode} does. */
  spans(payload: Uint8Array): FieldSpan[];
  /** A random valid value; for tests. */
  sample(random: Random): T;
}

/** The TypeScript type of a declared message's value. */
export type MessageValue<M> = M extends MessageType<infer T> ? T : never;

/** The error code of a payload that does not fit its message. */
export const MALFORMED_MESSAGE = "malformed-message";
