/**
 * Writes a compact size in its shortest form (Zcash protocol §7.1).
 *
 * @param value 0 to 2^32-1.
 * @returns 1, 3 or 5 bytes.
 * @throws {RangeError} when the value is outside that range.
 */
export function encodeCompactSize(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new RangeError(`Cannot write a compact size: 0 to 2^32-1 expected, received ${value}`);
  }
  if (value < 0xfd) return Uint8Array.of(value);
  if (value <= 0xffff) return Uint8Array.of(0xfd, value & 0xff, value >>> 8);
  const bytes = new Uint8Array(5);
  bytes[0] = 0xfe;
  new DataView(bytes.buffer).setUint32(1, value, true);
  return bytes;
}
