import assert from "node:assert/strict";
import { hexToBytes } from "../../../../src/base/mod.ts";
import { WireReader, type WireType, WireWriter } from "../../../../src/wire/codec/mod.ts";

/** Writes a value as a message would: measured, then in place. */
export function write<T>(type: WireType<T>, value: T): Uint8Array {
  const bytes = new Uint8Array(type.measure(value));
  const writer = new WireWriter(bytes);
  type.write(writer, value);
  assert.equal(writer.offset, bytes.length, `${type.name} writes what it measures`);
  return bytes;
}

/** Reads a value that must take all bytes. */
export function read<T>(type: WireType<T>, hex: string): T {
  const reader = new WireReader(hexToBytes(hex));
  const value = type.read(reader);
  assert.equal(reader.left, 0, `${type.name} reads all of ${hex}`);
  return value;
}
