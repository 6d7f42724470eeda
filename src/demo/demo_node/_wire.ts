/**
 * Reading and writing the consensus encoding: little-endian integers and compact sizes.
 *
 * @module
 */
import { concatBytes, PoolError } from "../../base/mod.ts";

/** Bytes that are no transaction or block of this chain. */
export class WireError extends PoolError {
  constructor(message: string) {
    super("demo-wire", message);
  }
}

/** What the real node says when bytes end too early. */
const TOO_SHORT = 'Io(Error { kind: UnexpectedEof, message: "failed to fill whole buffer" })';

/** Takes values off the front of bytes; what it hands out are views of them. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#position;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** @throws {WireError} when fewer bytes are left. */
  take(length: number): Uint8Array {
    if (length > this.remaining) throw new WireError(TOO_SHORT);
    this.#position += length;
    return this.#bytes.subarray(this.#position - length, this.#position);
  }

  u32(): number {
    return this.#view(4).getUint32(0, true);
  }

  i64(): bigint {
    return this.#view(8).getBigInt64(0, true);
  }

  /**
   * A compact size, in its shortest form only.
   *
   * @param itemLength least bytes of one counted item: a count that the rest cannot hold is refused
   * before anything is made for it.
   */
  compactSize(itemLength = 1): number {
    const first = this.take(1)[0] as number;
    const [value, least] = first < 0xfd
      ? [first, 0]
      : first === 0xfd
      ? [this.#view(2).getUint16(0, true), 0xfd]
      : first === 0xfe
      ? [this.u32(), 0x1_0000]
      : [Number(this.#view(8).getBigUint64(0, true)), 0x1_0000_0000];
    if (value < least) throw new WireError('Parse("non-canonical CompactSize")');
    if (value * itemLength > this.remaining) throw new WireError(TOO_SHORT);
    return value;
  }

  /** Bytes with their length in front. */
  lengthPrefixed(): Uint8Array {
    return this.take(this.compactSize());
  }

  #view(length: number): DataView {
    const bytes = this.take(length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }
}

/** An unsigned 32-bit number, little-endian. */
export function u32Le(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** A signed 64-bit number, little-endian. */
export function i64Le(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return bytes;
}

/** A compact size of up to 2^32-1, in its shortest form. */
export function compactSize(value: number): Uint8Array {
  if (value < 0xfd) return Uint8Array.of(value);
  if (value <= 0xffff) return Uint8Array.of(0xfd, value & 0xff, value >> 8);
  return concatBytes(Uint8Array.of(0xfe), u32Le(value));
}

/** Bytes behind their compact size. */
export function lengthPrefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(compactSize(bytes.length), bytes);
}
