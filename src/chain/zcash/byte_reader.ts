import { ZcashFormatError } from "./format_error.ts";

/**
 * Reads what Zcash serializes: little-endian integers, byte strings, compact sizes. Every length is
 * checked against the bytes that are left before anything is allocated.
 *
 * What {@link take} returns is a view of the bytes that were given.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
  }

  /** The next byte to read, counted from the start of the bytes. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The next `length` bytes, as a view. */
  take(length: number, part: string): Uint8Array {
    const start = this.#advance(length, part);
    return this.#bytes.subarray(start, start + length);
  }

  /** Bytes from an earlier offset up to here, as a view. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#offset);
  }

  u8(part: string): number {
    return this.#view.getUint8(this.#advance(1, part));
  }

  u32(part: string): number {
    return this.#view.getUint32(this.#advance(4, part), true);
  }

  /** A signed 64-bit number, the form of amounts and balances. */
  i64(part: string): bigint {
    return this.#view.getBigInt64(this.#advance(8, part), true);
  }

  /**
   * A compact size (Zcash protocol §7.1): 1, 3, 5 or 9 bytes. Only the shortest form is taken, as
   * by the nodes; a value of 2^32 or more cannot be the size of anything and is refused.
   */
  compactSize(part: string): number {
    const start = this.#offset;
    const first = this.u8(part);
    if (first < 0xfd) return first;
    const [value, least] = this.#longCompactSize(first, part);
    if (value < least) throw new ZcashFormatError(part, start, "compact size is not minimal");
    return value;
  }

  /**
   * A compact size that counts things of at least `itemLength` bytes each.
   *
   * @throws {ZcashFormatError} when that many cannot stand in the bytes that are left.
   */
  count(part: string, itemLength: number): number {
    const start = this.#offset;
    const count = this.compactSize(part);
    if (count * itemLength > this.remaining) {
      throw new ZcashFormatError(
        part,
        start,
        `${count} items of at least ${itemLength} bytes, ${this.remaining} bytes left`,
      );
    }
    return count;
  }

  /** A byte string with its compact size before it, as a view. */
  sized(part: string): Uint8Array {
    return this.take(this.count(part, 1), part);
  }

  #longCompactSize(first: number, part: string): [value: number, least: number] {
    if (first === 0xfd) return [this.#view.getUint16(this.#advance(2, part), true), 0xfd];
    if (first === 0xfe) return [this.u32(part), 0x1_0000];
    throw new ZcashFormatError(part, this.#offset - 1, "compact size of 2^32 or more");
  }

  #advance(length: number, part: string): number {
    const start = this.#offset;
    if (length > this.remaining) {
      throw new ZcashFormatError(part, start, `${length} bytes expected, ${this.remaining} left`);
    }
    this.#offset = start + length;
    return start;
  }
}
