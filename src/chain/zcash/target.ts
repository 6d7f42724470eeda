/**
 * Targets, their compact form, the work behind them, and difficulty as a way to write them.
 * All targets are the numbers with which a block hash, read as little-endian, is compared.
 *
 * @module
 */

import { PoolError } from "../../base/mod.ts";

const TWO_256 = 1n << 256n;

/** The greatest target there can be. */
const TARGET_MAX = TWO_256 - 1n;

/**
 * Difficulty 1 on every network: Mainnet's limit, 8,192 expected solutions. Pools have meant this
 * by difficulty 1 since 2016, also on test networks, whose nodes show other figures.
 */
export const DIFFICULTY_1_TARGET = (1n << 243n) - 1n;

/** A target in compact form that no block can have. */
export class BitsError extends PoolError {
  constructor(message: string) {
    super("bad-bits", message);
  }
}

/**
 * The target that nBits stand for (Zcash protocol §7.7.4): the low 23 bits are the mantissa, the
 * top byte the length in bytes.
 *
 * @param bits unsigned 32 bits.
 * @throws {BitsError} when the sign bit is set, or the target is zero or has more than 256 bits.
 */
export function targetFromBits(bits: number): bigint {
  const exponent = bits >>> 24;
  const mantissa = BigInt(bits & 0x007f_ffff);
  const problem = (text: string) =>
    new BitsError(`Cannot read bits ${bits.toString(16).padStart(8, "0")}: ${text}`);
  if ((bits & 0x0080_0000) !== 0) throw problem("the sign bit is set");
  const target = exponent >= 3
    ? mantissa << BigInt(8 * (exponent - 3))
    : mantissa >> BigInt(8 * (3 - exponent));
  if (target === 0n) throw problem("the target is zero");
  if (target > TARGET_MAX) throw problem("the target has more than 256 bits");
  return target;
}

/**
 * Expected Equihash solutions until one meets the target: floor(2^256 / (target + 1)).
 *
 * @param fractionBits counts in units of 2^-fractionBits solutions where whole ones are too coarse.
 * @throws {RangeError} when the target is outside 1 to 2^256-1.
 */
export function workOfTarget(target: bigint, fractionBits = 0): bigint {
  checkTarget(target);
  return (TWO_256 << BigInt(fractionBits)) / (target + 1n);
}

/**
 * The target of a share difficulty, by exact arithmetic on the number as it is written in decimal:
 * floor(2^243 / difficulty) - 1, held within 1 and 2^256-1. So difficulty 1 is
 * {@link DIFFICULTY_1_TARGET}, and the work of difficulty d is 8,192 d.
 *
 * @throws {RangeError} when the difficulty is not a finite number above 0.
 */
export function targetOfDifficulty(difficulty: number): bigint {
  const { numerator, denominator } = decimalFraction(difficulty);
  const target = (1n << 243n) * denominator / numerator - 1n;
  if (target < 1n) return 1n;
  return target > TARGET_MAX ? TARGET_MAX : target;
}

/** The difficulty of a target, for people: never for money or for a decision about a share. */
export function difficultyOfTarget(target: bigint): number {
  checkTarget(target);
  // Doubles hold 53 bits; both sides of the division have at least 128 where it matters.
  return Number(1n << 243n) / Number(target + 1n);
}

function decimalFraction(value: number): { numerator: bigint; denominator: bigint } {
  if (!Number.isFinite(value) || value <= 0) {
    throw new RangeError(
      `Cannot make a target: a finite difficulty above 0 expected, received ${value}`,
    );
  }
  const [digits = "", exponentText = "0"] = value.toString().split("e");
  const [whole = "", fraction = ""] = digits.split(".");
  const exponent = Number(exponentText) - fraction.length;
  const mantissa = BigInt(whole + fraction);
  return exponent >= 0
    ? { numerator: mantissa * 10n ** BigInt(exponent), denominator: 1n }
    : { numerator: mantissa, denominator: 10n ** BigInt(-exponent) };
}

function checkTarget(target: bigint): void {
  if (target < 1n || target > TARGET_MAX) {
    throw new RangeError("Cannot use a target outside 1 to 2^256-1");
  }
}
