import { MAX_MONEY_ZAT } from "../../chain/zcash/mod.ts";
import { scaleDecimal } from "./_decimal.ts";
import { type TomlValue, ValueError, type ValueType } from "./value_type.ts";

/** Bounds of a number, both included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A whole number. */
export function wholeNumber(range: Range): ValueType<number> {
  const check = (value: number): number => {
    if (!Number.isSafeInteger(value) || value < range.min || value > range.max) {
      throw new ValueError();
    }
    return value;
  };
  return {
    kind: "whole number",
    allowed: `a whole number from ${range.min} to ${range.max}`,
    fromToml(value): number {
      if (typeof value === "string") throw new ValueError("it has to stand without quotes");
      return check(typeof value === "number" ? value : NaN);
    },
    fromText: (text) => check(/^-?[0-9]{1,16}$/.test(text) ? Number(text) : NaN),
  };
}

/** As TOML and amounts have it, with an exponent too. */
const DECIMAL = /^-?[0-9]{1,16}(\.[0-9]{1,16})?(e[+-]?[0-9]{1,3})?$/;

/** A number with decimals, kept as the nearest double: for targets of control, never for money. */
export function decimalNumber(range: Range): ValueType<number> {
  const check = (value: number): number => {
    if (!(value >= range.min && value <= range.max)) throw new ValueError();
    return value;
  };
  return {
    kind: "number",
    allowed: `a number from ${range.min} to ${range.max}`,
    fromToml(value): number {
      if (typeof value === "string") throw new ValueError("it has to stand without quotes");
      return check(typeof value === "number" ? value : NaN);
    },
    fromText: (text) => check(DECIMAL.test(text) ? Number(text) : NaN),
  };
}

/** true or false. */
export const flag: ValueType<boolean> = {
  kind: "true or false",
  allowed: "true or false",
  fromToml(value): boolean {
    if (typeof value === "string") throw new ValueError("it has to stand without quotes");
    if (typeof value !== "boolean") throw new ValueError();
    return value;
  },
  fromText(text): boolean {
    if (text !== "true" && text !== "false") throw new ValueError();
    return text === "true";
  },
};

/** One percent is ten thousand millionths. */
const PERCENT_DECIMALS = 4;

/** A percentage, as parts per million. */
export const percentAsPpm: ValueType<number> = exactDecimal(
  {
    kind: "percent",
    allowed: "a percentage from 0 to 100 with at most 4 decimals",
    decimals: PERCENT_DECIMALS,
    max: 1_000_000n,
  },
  Number,
);

const ZEC_DECIMALS = 8;

/** An amount written in ZEC, as zatoshis. */
export const zecAsZat: ValueType<bigint> = exactDecimal(
  {
    kind: "ZEC",
    allowed: "an amount of ZEC from 0 to 21000000 with at most 8 decimals",
    decimals: ZEC_DECIMALS,
    max: MAX_MONEY_ZAT,
    tooMuch: "the amount is written in ZEC, not in zatoshis",
  },
  (zat) => zat,
);

/** An amount written in zatoshis. */
export const zatoshis: ValueType<bigint> = exactDecimal(
  {
    kind: "zatoshis",
    allowed: "a whole number of zatoshis from 0 to 2100000000000000",
    decimals: 0,
    max: MAX_MONEY_ZAT,
  },
  (zat) => zat,
);

interface ExactForm {
  readonly kind: string;
  readonly allowed: string;
  readonly decimals: number;
  readonly max: bigint;
  readonly tooMuch?: string;
}

/**
 * A figure that must not be rounded. TOML gives a float as a double; the shortest decimal text
 * that names this double is what the operator wrote, because doubles lie closer together than
 * figures of 8 decimals do up to 21 million. Text in quotes is read as it stands.
 */
function exactDecimal<T>(form: ExactForm, convert: (scaled: bigint) => T): ValueType<T> {
  const fromText = (text: string): T => {
    const scaled = scaleDecimal(text, form.decimals);
    if (scaled === undefined || scaled < 0n) throw new ValueError();
    if (scaled > form.max) throw new ValueError(form.tooMuch);
    return convert(scaled);
  };
  return { kind: form.kind, allowed: form.allowed, fromText, fromToml: tomlAsText(fromText) };
}

const MS_PER_HOUR_TENTHOUSANDTH = 360;

/** Hours, fractions allowed, as milliseconds. */
export function hoursAsMs(range: { min: string; max: string }): ValueType<number> {
  const least = scaleDecimal(range.min, 4) ?? 0n;
  const most = scaleDecimal(range.max, 4) ?? 0n;
  const fromText = (text: string): number => {
    const scaled = scaleDecimal(text, 4);
    if (scaled === undefined || scaled < least || scaled > most) throw new ValueError();
    return Number(scaled) * MS_PER_HOUR_TENTHOUSANDTH;
  };
  return {
    kind: "hours",
    allowed: `a number of hours from ${range.min} to ${range.max} with at most 4 decimals`,
    fromText,
    fromToml: tomlAsText(fromText),
  };
}

function tomlAsText<T>(fromText: (text: string) => T): (value: TomlValue) => T {
  return (value) => {
    if (typeof value === "string") return fromText(value);
    if (typeof value !== "number" && typeof value !== "bigint") throw new ValueError();
    return fromText(String(value));
  };
}
