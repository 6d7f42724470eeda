/**
 * The byte strings of SV2: fixed (U256, MAC, PUBKEY, SIGNATURE, raw bytes) and with a length in
 * front (B0_32, B0_255, B0_64K, B0_16M). What is read is a view of the payload.
 *
 * @module
 */
import { bytesToHex, type Random } from "../../base/mod.ts";
import type { WireReader } from "./wire_reader.ts";
import { WireFault } from "./wire_fault.ts";
import type { WireType } from "./wire_type.ts";
import type { WireWriter } from "./wire_writer.ts";

// A hash is shown whole; of anything longer the first bytes tell a reader enough.
const SHOWN_BYTES = 32;

/** Hexadecimal of the first bytes, with the length when there are more than are shown. */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length <= SHOWN_BYTES) return bytesToHex(bytes);
  return `${bytesToHex(bytes.subarray(0, SHOWN_BYTES))}... (${bytes.length} bytes)`;
}

/** A byte string of exactly `length` bytes. */
export function fixedBytes(length: number, name = `BYTES[${length}]`): WireType<Uint8Array> {
  return {
    name,
    minLength: length,
    maxLength: length,
    measure(value) {
      if (value.length !== length) {
        throw new RangeError(`${length} bytes expected, received ${value.length}`);
      }
      return length;
    },
    write: (writer, value) => writer.bytes(value),
    read: (reader) => reader.bytes(length),
    describe: describeBytes,
    sample: (random) => random.bytes(length),
  };
}

interface LengthPrefix {
  readonly size: 1 | 2 | 3 | 4;
  readonly write: (writer: WireWriter, length: number) => void;
  readonly read: (reader: WireReader) => number;
}

const PREFIX_U8: LengthPrefix = { size: 1, write: (w, n) => w.u8(n), read: (r) => r.u8() };
const PREFIX_U16: LengthPrefix = { size: 2, write: (w, n) => w.u16(n), read: (r) => r.u16() };
const PREFIX_U24: LengthPrefix = { size: 3, write: (w, n) => w.u24(n), read: (r) => r.u24() };
const PREFIX_U32: LengthPrefix = { size: 4, write: (w, n) => w.u32(n), read: (r) => r.u32() };

function prefixedBytes(name: string, prefix: LengthPrefix, longest: number): WireType<Uint8Array> {
  return {
    name,
    minLength: prefix.size,
    maxLength: prefix.size + longest,
    measure(value) {
      if (value.length > longest) {
        throw new RangeError(`${value.length} bytes, at most ${longest}`);
      }
      return prefix.size + value.length;
    },
    write(writer, value) {
      prefix.write(writer, value.length);
      writer.bytes(value);
    },
    read(reader) {
      const length = prefix.read(reader);
      if (length > longest) throw new WireFault(`${length} bytes, at most ${longest}`);
      return reader.bytes(length);
    },
    describe: describeBytes,
    sample: (random) => random.bytes(sampleLength(random, longest)),
  };
}

// Samples of the long types stay short: tests make thousands of them.
const SAMPLE_LENGTH_MAX = 300;

/** A length of 0 to `longest`, often at an end; for {@link WireType.sample}. */
export function sampleLength(random: Random, longest: number): number {
  const top = Math.min(longest, SAMPLE_LENGTH_MAX);
  const bytes = random.bytes(3);
  const choice = (bytes[2] as number) % 8;
  if (choice === 0) return 0;
  if (choice === 1) return top;
  return (((bytes[0] as number) << 8) | (bytes[1] as number)) % (top + 1);
}

/** 32 bytes: a little-endian number, or a hash in internal order. */
export const U256: WireType<Uint8Array> = fixedBytes(32, "U256");
/** A 16-byte authentication tag. */
export const MAC: WireType<Uint8Array> = fixedBytes(16, "MAC");
/** A 32-byte x-only secp256k1 public key (BIP 340). */
export const PUBKEY: WireType<Uint8Array> = fixedBytes(32, "PUBKEY");
/** A 64-byte Schnorr signature (BIP 340). */
export const SIGNATURE: WireType<Uint8Array> = fixedBytes(64, "SIGNATURE");
/** U8 length, then at most 32 bytes. */
export const B0_32: WireType<Uint8Array> = prefixedBytes("B0_32", PREFIX_U8, 32);
/** U8 length, then the bytes. */
export const B0_255: WireType<Uint8Array> = prefixedBytes("B0_255", PREFIX_U8, 0xff);
/** U16 length, then the bytes. */
export const B0_64K: WireType<Uint8Array> = prefixedBytes("B0_64K", PREFIX_U16, 0xffff);
/** U24 length, then the bytes. */
export const B0_16M: WireType<Uint8Array> = prefixedBytes("B0_16M", PREFIX_U24, 0xff_ffff);

/**
 * U32 length, then at most `longest` bytes. Not a type of SV2: the messages of Job Declaration carry
 * transactions so, and no frame holds 2^32 bytes.
 */
export function bytes32(longest: number): WireType<Uint8Array> {
  return prefixedBytes(`BYTES32[0..${longest}]`, PREFIX_U32, longest);
}
