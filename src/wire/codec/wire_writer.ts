/**
 * Writes into bytes that were measured beforehand: it never grows and never copies what it wrote.
 */
export class WireWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Bytes written so far. */
  get offset(): number {
    return this.#offset;
  }

  u8(value: number): void {
    this.#view.setUint8(this.#advance(1), value);
  }

  u16(value: number): void {
    this.#view.setUint16(this.#advance(2), value, true);
  }

  u24(value: number): void {
    const at = this.#advance(3);
    this.#view.setUint16(at, value & 0xffff, true);
    this.#view.setUint8(at + 2, value >>> 16);
  }

  u32(value: number): void {
    this.#view.setUint32(this.#advance(4), value, true);
  }

  u64(value: bigint): void {
    this.#view.setBigUint64(this.#advance(8), value, true);
  }

  f32(value: number): void {
    this.#view.setFloat32(this.#advance(4), value, true);
  }

  bytes(value: Uint8Array): void {
    this.#bytes.set(value, this.#advance(value.length));
  }

  /** Writes a text of `length` UTF-8 bytes. */
  utf8(text: string, length: number): void {
    const at = this.#advance(length);
    UTF8.encodeInto(text, this.#bytes.subarray(at, at + length));
  }

  #advance(length: number): number {
    const at = this.#offset;
    this.#offset = at + length;
    return at;
  }
}

const UTF8 = new TextEncoder();
