/**
 * Amounts as text and as integers. Inside the program an amount is a `bigint`: of zatoshis
 * (10^-8 ZEC), or of 10^-12 zatoshis ("pico-zatoshis") where pay-per-share credits are summed.
 * No float ever holds one.
 *
 * @module
 */
/** Zatoshis in one ZEC. */
const ZAT_PER_ZEC = 100_000_000n;

/** The unit of pay-per-share credits: 10^-12 of a zatoshi. */
export const PICO_PER_ZAT = 1_000_000_000_000n;

/** The pool's fee and other fractions are counted in millionths. */
export const PPM = 1_000_000;

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
