import { type TomlValue, ValueError, type ValueType } from "./value_type.ts";

/** Where a value can come from; a later one wins over an earlier one. */
export const SOURCES = ["file", "environment", "command line"] as const;

/** One of {@link SOURCES}. */
export type Source = typeof SOURCES[number];

/** A value as it was given, not yet checked. */
export interface Given {
  /** `section.key`, a declared one. */
  readonly path: string;
  readonly source: Source;
  /** The source for people: `pool.toml`, `POOL__ZEBRA__URL`, `--zebra-url`. */
  readonly label: string;
  readonly raw: { readonly toml: TomlValue } | { readonly text: string };
}

/** @throws {ValueError} when the type does not allow the value. */
export function readGiven<T>(given: Given, type: ValueType<T>): T {
  return "text" in given.raw ? type.fromText(given.raw.text) : type.fromToml(given.raw.toml);
}

/** The same as a value or the reason why it is none; other errors pass. */
export function tryRead<T>(read: () => T): { value: T } | { reason: string } {
  try {
    return { value: read() };
  } catch (thrown) {
    if (thrown instanceof ValueError) return { reason: thrown.message };
    throw thrown;
  }
}

/** Longer values are cut where they are shown. */
const SHOWN_LENGTH_MAX = 60;

/** What was given, for people. A secret is never shown, nor are credentials inside a URL. */
export function showGiven(given: Given, secret: boolean): string {
  if (secret) return "(secret, not shown)";
  return showValue("text" in given.raw ? given.raw.text : given.raw.toml);
}

/** A value as it would stand in a TOML file, cut when it is long. */
export function showValue(value: TomlValue): string {
  const text = tomlText(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}

/**
 * What stands before an @ may be a user and a password, also where the text is no URL because of
 * them; behind the ? of one may be a token.
 */
function withoutCredentials(text: string): string {
  const shown = text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1(not shown)@");
  return shown.includes("://") ? shown.replace(/[?#].*$/s, "?(not shown)") : shown;
}

function tomlText(value: TomlValue): string {
  if (typeof value === "string") return JSON.stringify(withoutCredentials(value));
  if (Array.isArray(value)) return `[${(value as readonly TomlValue[]).map(tomlText).join(", ")}]`;
  if (value instanceof Date) return "a date";
  if (typeof value === "object") return "a table";
  return String(value);
}
