/**
 * Columns of many rows as array literals: one parameter for each column, whatever the number of
 * rows, so that one compiled statement takes a batch of any length.
 *
 * @module
 */

/** Numbers: `{1,2,3}`. */
export function numberArray(values: readonly (bigint | number)[]): string {
  return `{${values.join(",")}}`;
}

/** Bytes: `{"\\x01","\\x02"}`. */
export function bytesArray(values: readonly Uint8Array[]): string {
  return `{${values.map((value) => `"\\\\x${value.toHex()}"`).join(",")}}`;
}

/** Texts, with quotes and backslashes escaped. */
export function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}
