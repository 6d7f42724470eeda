/**
 * Amounts as text and as integers. Inside the program an amount is a `bigint`: of zatoshis
 * (10^-8 ZEC), or of 10^-12 zatoshis ("pico-zatoshis") where pay-per-share credits are summed.
 * No float ever holds one.
 *
 * @module
 */
import { PoolError } from "../../base/mod.ts";

/** Zatoshis in one ZEC. */
export const ZAT_PER_ZEC = 100_000_000n;

/** The unit of pay-per-share credits: 10^-12 of a zatoshi. */
export const PICO_PER_ZAT = 1_000_000_000_000n;

/** The pool's fee and other fractions are counted in millionths. */
export const PPM = 1_000_000;

/** No amount of ZEC can exceed the supply of 21 million. */
export const MAX_MONEY_ZAT = 21_000_000n * ZAT_PER_ZEC;

/** A text that should be an amount or a percentage is none. */
export class AmountError extends PoolError {
  constructor(message: string) {
    super("bad-amount", message);
  }
}

/**
 * Reads an amount of ZEC from decimal text, for instance `0.01`.
 *
 * @returns zatoshis.
 * @throws {AmountError} for anything but digits with at most one point and eight decimals, and
 * above 21,000,000 ZEC: such a figure was most likely meant in zatoshis.
 */
export function parseZec(text: string): bigint {
  const zat = parseDecimal(text, { integerDigits: 17, decimals: 8, unit: "ZEC" });
  if (zat > MAX_MONEY_ZAT) {
    throw new AmountError(
      `Cannot read an amount: at most 21000000 ZEC can exist, received ${shown(text)} ` +
        "(an amount in zatoshis has to be divided by 100000000 first)",
    );
  }
  return zat;
}

/**
 * Reads a percentage from decimal text, for instance `1.0`.
 *
 * @returns parts per million, 0 to 1,000,000.
 * @throws {AmountError} for anything but digits with at most one point and four decimals (a
 * ten-thousandth of a percent is one part per million), and above 100.
 */
export function parsePercentToPpm(text: string): number {
  const ppm = parseDecimal(text, { integerDigits: 3, decimals: 4, unit: "percent" });
  if (ppm > BigInt(PPM)) {
    throw new AmountError(
      `Cannot read a percentage: 0 to 100 expected, received ${shown(text)}`,
    );
  }
  return Number(ppm);
}

/** An amount of zatoshis as ZEC with all eight decimals, the form that wallets take. */
export function formatZec(zat: bigint): string {
  const magnitude = zat < 0n ? -zat : zat;
  const decimals = (magnitude % ZAT_PER_ZEC).toString().padStart(8, "0");
  return `${zat < 0n ? "-" : ""}${magnitude / ZAT_PER_ZEC}.${decimals}`;
}

/** An amount of 10^-12 zatoshis as zatoshis, decimals without trailing zeros: `20141.60220703125`. */
export function formatPicoZat(picoZat: bigint): string {
  const magnitude = picoZat < 0n ? -picoZat : picoZat;
  const decimals = (magnitude % PICO_PER_ZAT).toString().padStart(12, "0").replace(/0+$/, "");
  const text = `${picoZat < 0n ? "-" : ""}${magnitude / PICO_PER_ZAT}`;
  return decimals === "" ? text : `${text}.${decimals}`;
}

interface DecimalForm {
  readonly integerDigits: number;
  readonly decimals: number;
  readonly unit: string;
}

/** The number scaled by 10^decimals. One point, a digit on both sides of it, nothing else. */
function parseDecimal(text: string, form: DecimalForm): bigint {
  const match = /^([0-9]+)(?:\.([0-9]+))?$/.exec(text);
  const integer = match?.[1];
  const fraction = match?.[2] ?? "";
  if (
    integer === undefined || integer.length > form.integerDigits || fraction.length > form.decimals
  ) {
    throw new AmountError(
      `Cannot read a number of ${form.unit}: digits with at most ${form.decimals} decimals ` +
        `expected, for instance 1.5, received ${shown(text)}`,
    );
  }
  return BigInt(integer + fraction.padEnd(form.decimals, "0"));
}

/** The text is an operator's, but it may be long or hold control characters all the same. */
function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
