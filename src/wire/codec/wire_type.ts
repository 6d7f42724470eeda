/**
 * What an SV2 data type is: a size, a way to write, a way to read, a text for logs and a random
 * value for tests. Messages are declared from these (SV2 specification, section 3.1, data types).
 *
 * @module
 */
import type { LogValue, Random } from "../../base/mod.ts";
import type { WireReader } from "./wire_reader.ts";
import type { WireWriter } from "./wire_writer.ts";

/** One SV2 data type; all its numbers are little-endian on the wire. */
export interface WireType<T> {
  /** The specification's spelling, for example `SEQ0_64K[U16]`. */
  readonly name: string;
  /** Least size in bytes. */
  readonly minLength: number;
  /** Greatest size in bytes. */
  readonly maxLength: number;
  /**
   * The size of a value in bytes; checks that the value fits the type.
   *
   * @throws {RangeError} when the value cannot be written as this type.
   */
  measure(value: T): number;
  /** Writes a value that {@link measure} has accepted. */
  write(writer: WireWriter, value: T): void;
  /**
   * Reads a value; byte strings are views of the reader's bytes.
   *
   * @throws {WireFault} when the bytes are no value of this type.
   */
  read(reader: WireReader): T;
  /** A short form for a log line or a dump: long byte strings are cut, texts are quoted. */
  describe(value: T): LogValue;
  /** A valid value; sizes lean to the edges of what is allowed. */
  sample(random: Random): T;
}

/** The TypeScript type of what a wire type reads. */
export type WireValue<W> = W extends WireType<infer T> ? T : never;
