/**
 * Reads an answer of the node, which is trusted for what it says and not for how it says it: each
 * field has a type and bounds, and a fault names its path, what was expected and what was there.
 *
 * @module
 */
import { hashFromDisplay, hexToBytes } from "../../base/mod.ts";
import { TemplateError } from "./template_error.ts";

/** Long enough to recognize a value, short enough for a log line. */
const SHOWN_LENGTH_MAX = 40;

/** One JSON object under a path. */
export class JsonFields {
  readonly #path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  /** @throws {TemplateError} when the value is not an object. */
  constructor(path: string, value: unknown) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw fault(path, "an object", value);
    }
    this.#path = path;
    this.#fields = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  object(name: string): JsonFields {
    return new JsonFields(this.#at(name), this.#fields[name]);
  }

  /** A list of objects of bounded length. */
  objects(name: string, lengthMax: number): JsonFields[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw fault(this.#at(name), "a list", value);
    if (value.length > lengthMax) {
      throw fault(this.#at(name), `a list of at most ${lengthMax}`, `${value.length} entries`);
    }
    return value.map((item, i) => new JsonFields(`${this.#at(name)}[${i}]`, item));
  }

  /** A whole number within bounds, both included. */
  integer(name: string, min: number, max: number): number {
    const value = this.#fields[name];
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max) {
      throw fault(this.#at(name), `a whole number of ${min} to ${max}`, value);
    }
    return value;
  }

  /** Any number within bounds, both included. */
  number(name: string, min: number, max: number): number {
    const value = this.#fields[name];
    if (typeof value !== "number" || !(value >= min && value <= max)) {
      throw fault(this.#at(name), `a number of ${min} to ${max}`, value);
    }
    return value;
  }

  /** True, false, or left out. */
  optionalBoolean(name: string): boolean | undefined {
    const value = this.#fields[name];
    if (value === undefined || typeof value === "boolean") return value;
    throw fault(this.#at(name), "true or false", value);
  }

  text(name: string, lengthMax: number): string {
    const value = this.#fields[name];
    if (typeof value !== "string" || value.length > lengthMax) {
      throw fault(this.#at(name), `a text of at most ${lengthMax} characters`, value);
    }
    return value;
  }

  /** 64 hexadecimal digits in display order; given back in internal order. */
  hash(name: string): Uint8Array {
    const value = this.#fields[name];
    if (typeof value !== "string" || !/^[0-9a-fA-F]{64}$/.test(value)) {
      throw fault(this.#at(name), "64 hexadecimal digits", value);
    }
    return hashFromDisplay(value);
  }

  /** Hexadecimal digits, two a byte. */
  bytes(name: string, lengthMin: number, lengthMax: number): Uint8Array {
    const value = this.#fields[name];
    const expected = `hexadecimal digits of ${lengthMin} to ${lengthMax} bytes`;
    if (
      typeof value !== "string" || value.length % 2 !== 0 || value.length < 2 * lengthMin ||
      value.length > 2 * lengthMax
    ) {
      throw fault(this.#at(name), expected, value);
    }
    try {
      return hexToBytes(value);
    } catch (cause) {
      throw fault(this.#at(name), expected, value, { cause });
    }
  }

  /** A fault of this object's own that no single field shows. */
  fault(name: string, expected: string, received: unknown): TemplateError {
    return fault(this.#at(name), expected, received);
  }

  #at(name: string): string {
    return `${this.#path}.${name}`;
  }
}

function fault(
  path: string,
  expected: string,
  received: unknown,
  options?: ErrorOptions,
): TemplateError {
  return new TemplateError(
    "malformed",
    `${path}: ${expected} expected, received ${shown(received)}`,
    options,
  );
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = String(value);
  if (text.length <= SHOWN_LENGTH_MAX) return `${typeof value} ${JSON.stringify(text)}`;
  return `${typeof value} of ${text.length} characters`;
}
