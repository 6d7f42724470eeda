/**
 * The four-byte form of a target (Zcash protocol §7.7.4) and the work of a target (§7.7.5).
 *
 * @module
 */

/**
 * @param bits the number as the header's four bytes give it.
 * @returns the target, or undefined when the form is negative, zero or past 256 bits.
 */
export function expandBits(bits: number): bigint | undefined {
  const exponent = bits >>> 24;
  const negative = (bits & 0x0080_0000) !== 0;
  const mantissa = BigInt(bits & 0x007f_ffff);
  const target = exponent >= 3
    ? mantissa << BigInt(8 * (exponent - 3))
    : mantissa >> BigInt(8 * (3 - exponent));
  if (negative || target === 0n || target >> 256n !== 0n) return undefined;
  return target;
}

/** The compact form of a target; digits past the first three bytes are cut off. */
export function compactBits(target: bigint): number {
  let length = Math.ceil(target.toString(16).length / 2);
  let mantissa = length > 3
    ? target >> BigInt(8 * (length - 3))
    : target << BigInt(8 * (3 - length));
  // The top bit of the mantissa is a sign: a number that would set it is written one byte longer.
  if ((mantissa & 0x80_0000n) !== 0n) {
    mantissa >>= 8n;
    length += 1;
  }
  return length * 0x100_0000 + Number(mantissa);
}

/** The target that remains of one after a round through the compact form. */
export function roundTarget(target: bigint): bigint {
  return expandBits(compactBits(target)) ?? 0n;
}

/** How many solutions a block of this target stands for on average. */
export function workOf(target: bigint): bigint {
  return (1n << 256n) / (target + 1n);
}
