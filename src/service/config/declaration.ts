/**
 * How a key of the configuration is declared: once, with everything that reading, checking, the
 * program's type and the reference table need.
 *
 * @module
 */
import type { TomlValue, ValueType } from "./value_type.ts";

/** When a changed value can take effect: in the running program, or at its next start. */
export type Change = "live" | "restart";

/** What belongs to a key besides its type. */
export interface KeyDetails {
  /** One or two sentences for the reference table. */
  readonly doc: string;
  /** The unit of the figure, for the reference table: `ms`, `bytes`. */
  readonly unit?: string;
  /** "restart" when left out. */
  readonly change?: Change;
}

/** What happens when the key is absent. */
export type Presence =
  | { readonly kind: "required" }
  | { readonly kind: "optional"; readonly meaning: string }
  | { readonly kind: "default"; readonly value: TomlValue };

/** A declared key whose value is a `T` and stands in the typed configuration as `Name`. */
export interface Key<T, Name extends string, Kind extends Presence["kind"]> extends KeyDetails {
  readonly role: "key";
  readonly type: ValueType<T>;
  readonly presence: Extract<Presence, { kind: Kind }>;
  /** The property's name where it is not the key's own in camel case: the unit changed. */
  readonly as?: Name;
}

/** Another way to give the value of a key in the same or another section. */
export interface Alternative extends KeyDetails {
  readonly role: "alternative";
  /** The key that gets the value, `section.key`. */
  readonly of: string;
  /** The type of what stands here; what it reads becomes the value of the other key. */
  readonly type: ValueType<unknown>;
  /** "file" when what stands here is the path of a file that holds the value. */
  readonly form: "value" | "file";
  /** True when both may be given with equal values. */
  readonly equalAllowed: boolean;
}

/** One section; its name is the key in {@link Sections}. */
export interface Section<Keys extends Readonly<Record<string, Declared>>> {
  readonly doc: string;
  readonly keys: Keys;
}

/** Anything that stands in a section. */
export type Declared = AnyKey | Alternative;

/** A key of any type. */
export type AnyKey = Key<unknown, string, Presence["kind"]>;

/** All sections by their names. */
export type Sections = Readonly<Record<string, Section<Readonly<Record<string, Declared>>>>>;

/** A key that must be given. */
export function required<T, const Name extends string = never>(
  type: ValueType<T>,
  details: KeyDetails & { readonly as?: Name },
): Key<T, Name, "required"> {
  return { role: "key", ...details, type, presence: { kind: "required" } };
}

/** A key with a default, written as it would stand in the file. */
export function preset<T, const Name extends string = never>(
  type: ValueType<T>,
  value: TomlValue,
  details: KeyDetails & { readonly as?: Name },
): Key<T, Name, "default"> {
  return { role: "key", ...details, type, presence: { kind: "default", value } };
}

/** A key that may be absent; `meaning` says in the table what that means. */
export function optional<T, const Name extends string = never>(
  type: ValueType<T>,
  meaning: string,
  details: KeyDetails & { readonly as?: Name },
): Key<T, Name, "optional"> {
  return { role: "key", ...details, type, presence: { kind: "optional", meaning } };
}

/** See {@link Alternative}. */
export function alternative(
  of: string,
  type: ValueType<unknown>,
  details: KeyDetails & { readonly equalAllowed: boolean },
): Alternative {
  return { role: "alternative", form: "value", of, type, ...details };
}
