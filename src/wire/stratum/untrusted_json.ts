/**
 * JSON from a stranger: bounded in depth, and with ids that can be repeated as they were written.
 *
 * @module
 */

/** Nesting of a request: object, params, and room for what miners add. */
const DEPTH_MAX = 8;

/** Characters of an id as JSON. */
const ID_LENGTH_MAX = 128;

/** An object that was read. */
export interface JsonObject {
  /** Its id as JSON text; undefined where it has none or null; "bad" where it cannot be repeated. */
  readonly id: string | undefined | "bad";
  has(name: string): boolean;
  member(name: string): unknown;
}

/** What a text turned out to be; the values of an array, or one. */
export type JsonReading =
  | { readonly kind: "read"; readonly values: readonly (JsonObject | undefined)[] }
  | { readonly kind: "broken"; readonly fault: "not-json" | "too-deep" };

/** Reads an object, or an array of objects; members that are no objects come as undefined. */
export function readJson(text: string): JsonReading {
  if (isDeeper(text, DEPTH_MAX)) return { kind: "broken", fault: "too-deep" };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "broken", fault: "not-json" };
  }
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const written = writtenIds(text);
  return {
    kind: "read",
    values: values.map((item, index) => objectOf(item, () => written(index))),
  };
}

/** The text of a parameter: miners send numbers as texts and texts as numbers. */
export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

function objectOf(value: unknown, written: () => string): JsonObject | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  const has = (name: string): boolean => Object.hasOwn(members, name);
  return {
    id: has("id") ? idText(members["id"], written) : undefined,
    has,
    member: (name) => has(name) ? members[name] : undefined,
  };
}

function idText(id: unknown, written: () => string): JsonObject["id"] {
  if (id === null) return undefined;
  const isExact = typeof id !== "number" || Number.isSafeInteger(id);
  const text = isExact ? JSON.stringify(id) : written();
  return text.length <= ID_LENGTH_MAX ? text : "bad";
}

/**
 * Ids that are numbers, as they were written, by their place: beyond 2^53 the parsed one is another.
 * However many are asked for, the text is read for them once: that takes as long as twenty parses.
 */
function writtenIds(text: string): (index: number) => string {
  let ids: readonly string[] | undefined;
  return (index) => (ids ??= readIds(text))[index] ?? "";
}

function readIds(text: string): string[] {
  const sources = new Map<unknown, string>();
  const reviver = function (this: unknown, key: string, value: unknown, context?: unknown) {
    if (key === "id" && typeof value === "number") sources.set(this, sourceOf(context));
    return value;
  };
  const parsed: unknown = JSON.parse(text, reviver);
  const holders: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return holders.map((holder) => sources.get(holder) ?? "");
}

/** The third argument of a reviver, which holds a number's text (ECMAScript 2026). */
function sourceOf(context: unknown): string {
  const isContext = typeof context === "object" && context !== null && "source" in context;
  return isContext && typeof context.source === "string" ? context.source : "";
}

/** Whether objects and arrays are nested deeper than `most`; brackets in strings do not count. */
function isDeeper(text: string, most: number): boolean {
  if (!hasMore(text, most)) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "[" || character === "{") {
      if (++depth > most) return true;
    } else if (character === "]" || character === "}") depth--;
  }
  return false;
}

/** Whether a text has more than `most` opening brackets: nearly all lines have two or three. */
function hasMore(text: string, most: number): boolean {
  let count = 0;
  for (const bracket of ["[", "{"]) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++count > most) return true;
    }
  }
  return false;
}
