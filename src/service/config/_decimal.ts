/** Longer text is no figure that an operator meant; the bound keeps the powers of ten small. */
const TEXT_LENGTH_MAX = 40;

/** Exponents as JavaScript prints them (`1e-7`); anything further out fits no setting. */
const EXPONENT_MAX = 40;

/**
 * Reads decimal text exactly, without going through a float.
 *
 * @param text digits with at most one point and digits on both sides of it; a minus sign and an
 * exponent are understood, since that is how a TOML float prints.
 * @param decimals how many decimals the unit has.
 * @returns the value times 10^decimals; undefined when the text is no such number or would need
 * more decimals.
 */
export function scaleDecimal(text: string, decimals: number): bigint | undefined {
  if (text.length > TEXT_LENGTH_MAX) return undefined;
  const match = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e([+-]?[0-9]{1,3}))?$/.exec(text);
  if (match?.[2] === undefined) return undefined;
  const fraction = match[3] ?? "";
  const exponent = Number(match[4] ?? "0");
  if (Math.abs(exponent) > EXPONENT_MAX) return undefined;
  const digits = BigInt(match[2] + fraction);
  const shift = decimals - fraction.length + exponent;
  const magnitude = shift >= 0 ? digits * 10n ** BigInt(shift) : divideExactly(digits, -shift);
  if (magnitude === undefined) return undefined;
  return match[1] === "-" ? -magnitude : magnitude;
}

function divideExactly(digits: bigint, tens: number): bigint | undefined {
  const divisor = 10n ** BigInt(tens);
  return digits % divisor === 0n ? digits / divisor : undefined;
}
