/**
 * Reading the parameters of calls, with the real node's complaints.
 *
 * @module
 */
import { hexToBytes } from "../../base/mod.ts";
import { invalidParams, RpcError } from "./_rpc_error.ts";

/** A text that must be there. */
export function textParam(params: readonly unknown[], index: number): string {
  const value = params[index];
  if (value === undefined) throw invalidParams("No more params");
  if (typeof value !== "string") throw wrongType(value, "a string");
  return value;
}

/** A whole number, or a default when it is left out. */
export function integerParam(
  params: readonly unknown[],
  index: number,
  missing: number | undefined,
): number {
  const value = params[index] ?? missing;
  if (value === undefined) throw invalidParams("No more params");
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw wrongType(value, "i32");
  return value;
}

/** Truth, or a default when it is left out. */
export function booleanParam(params: readonly unknown[], index: number, missing: boolean): boolean {
  const value = params[index] ?? missing;
  if (typeof value !== "boolean") throw wrongType(value, "a boolean");
  return value;
}

/** A verbosity: a small number, or the older true and false. */
export function verbosityParam(
  params: readonly unknown[],
  index: number,
  missing: number,
  most: number,
): number {
  const value = params[index];
  if (typeof value === "boolean") return value ? 1 : 0;
  const verbosity = integerParam(params, index, missing);
  if (verbosity < 0 || verbosity > most) throw new RpcError(-8, "invalid verbosity value");
  return verbosity;
}

/** Bytes in hexadecimal that must be there. */
export function hexParam(params: readonly unknown[], index: number): Uint8Array {
  const value = params[index];
  if (value !== undefined && typeof value !== "string") {
    throw wrongType(value, "a hex encoded string");
  }
  return bytesFromHex(textParam(params, index), JSON.stringify(value).length);
}

/**
 * Bytes from hexadecimal text.
 *
 * @param column where the real node's parser stands when it complains.
 */
export function bytesFromHex(text: string, column: number): Uint8Array {
  const position = text.search(/[^0-9a-fA-F]/);
  if (position >= 0) {
    const character = String.fromCodePoint(text.codePointAt(position) as number);
    throw invalidParams(
      `Invalid character '${character}' at position ${position} at line 1 column ${column}`,
    );
  }
  if (text.length % 2 !== 0) {
    throw invalidParams(`Odd number of digits at line 1 column ${column}`);
  }
  return hexToBytes(text);
}

/** As the real node's reader says it, but for where in the line it stands. */
export function wrongType(value: unknown, expected: string): RpcError {
  return invalidParams(`invalid type: ${describe(value)}, expected ${expected}`);
}

function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `string ${JSON.stringify(value)}`;
    case "number":
      return `${Number.isInteger(value) ? "integer" : "floating point"} \`${value}\``;
    case "boolean":
      return `boolean \`${value}\``;
    default:
      return value === null ? "null" : Array.isArray(value) ? "sequence" : "map";
  }
}
