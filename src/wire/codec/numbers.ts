/**
 * The numbers of SV2: BOOL, U8, U16, U24, U32, U64 and F32, all little-endian.
 *
 * @module
 */
import type { Random } from "../../base/mod.ts";
import type { WireReader } from "./wire_reader.ts";
import type { WireWriter } from "./wire_writer.ts";
import type { WireType } from "./wire_type.ts";

function unsigned(
  name: string,
  length: number,
  write: (writer: WireWriter, value: number) => void,
  read: (reader: WireReader) => number,
): WireType<number> {
  const greatest = 2 ** (8 * length) - 1;
  return {
    name,
    minLength: length,
    maxLength: length,
    measure(value) {
      if (!Number.isInteger(value) || value < 0 || value > greatest) {
        throw new RangeError(`an integer of 0 to ${greatest} expected, received ${value}`);
      }
      return length;
    },
    write,
    read,
    describe: (value) => value,
    sample: (random) => sampleUnsigned(random, length),
  };
}

function sampleUnsigned(random: Random, length: number): number {
  const bytes = random.bytes(length + 1);
  // A quarter of the samples are the ends of the range, where mistakes live.
  const choice = (bytes[length] as number) % 8;
  if (choice === 0) return 0;
  if (choice === 1) return 2 ** (8 * length) - 1;
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + (bytes[i] as number);
  return value;
}

/** An unsigned byte. */
export const U8: WireType<number> = unsigned("U8", 1, (w, v) => w.u8(v), (r) => r.u8());
/** An unsigned 16-bit number. */
export const U16: WireType<number> = unsigned("U16", 2, (w, v) => w.u16(v), (r) => r.u16());
/** An unsigned 24-bit number. */
export const U24: WireType<number> = unsigned("U24", 3, (w, v) => w.u24(v), (r) => r.u24());
/** An unsigned 32-bit number. */
export const U32: WireType<number> = unsigned("U32", 4, (w, v) => w.u32(v), (r) => r.u32());

/** An unsigned 64-bit number, a bigint in the program. */
export const U64: WireType<bigint> = {
  name: "U64",
  minLength: 8,
  maxLength: 8,
  measure(value) {
    if (typeof value !== "bigint" || value < 0n || value >> 64n !== 0n) {
      throw new RangeError(`a bigint of 0 to 2^64-1 expected, received ${value}`);
    }
    return 8;
  },
  write: (writer, value) => writer.u64(value),
  read: (reader) => reader.u64(),
  describe: (value) => value,
  sample(random) {
    const bytes = random.bytes(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  },
};

/** One byte of which only bit 0 counts: a reader ignores the others, a writer leaves them 0. */
export const BOOL: WireType<boolean> = {
  name: "BOOL",
  minLength: 1,
  maxLength: 1,
  measure(value) {
    if (typeof value !== "boolean") {
      throw new RangeError(`true or false expected, received ${String(value)}`);
    }
    return 1;
  },
  write: (writer, value) => writer.u8(value ? 1 : 0),
  read: (reader) => (reader.u8() & 1) === 1,
  describe: (value) => value,
  sample: (random) => ((random.bytes(1)[0] as number) & 1) === 1,
};

/**
 * An IEEE 754 single. Writing rounds to the nearest single; reading takes infinities and NaN as
 * they come, because what they mean is for the receiver of the message to decide.
 */
export const F32: WireType<number> = {
  name: "F32",
  minLength: 4,
  maxLength: 4,
  measure(value) {
    if (typeof value !== "number") {
      throw new RangeError(`a number expected, received ${String(value)}`);
    }
    return 4;
  },
  write: (writer, value) => writer.f32(value),
  read: (reader) => reader.f32(),
  // NaN and the infinities are no JSON numbers, so they go to the log as text.
  describe: (value) => Number.isFinite(value) ? value : String(value),
  sample: (random) => Math.fround(sampleUnsigned(random, 4) / 16),
};
