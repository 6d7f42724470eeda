import { PoolError } from "../../base/mod.ts";

/** What can stand for a value in a TOML file, as its parser returns it. */
export type TomlValue =
  | string
  | number
  | bigint
  | boolean
  | readonly TomlValue[]
  | { readonly [key: string]: TomlValue }
  | Date;

/**
 * How one kind of value is written, checked and described. `T` is what the program gets.
 *
 * A value comes from a TOML file with a type of its own, or as text from the environment, the
 * command line or a secret's file.
 */
export interface ValueType<T> {
  /** What is allowed, for people: `a whole number from 1 to 64`. */
  readonly allowed: string;
  /** The kind in one or two words, for the reference table. */
  readonly kind: string;
  /** True when a value must never be shown. */
  readonly secret?: true;
  /** @throws {ValueError} when the value is not allowed. */
  fromToml(value: TomlValue): T;
  /** @throws {ValueError} when the text is not allowed. */
  fromText(text: string): T;
}

/** A value is not allowed; the message says why where that is more than "not in the range". */
export class ValueError extends PoolError {
  constructor(reason = "") {
    super("bad-value", reason);
  }
}

/** A type whose TOML form is a string, so that both forms are read alike. */
export function textType<T>(
  description: Pick<ValueType<T>, "allowed" | "kind" | "secret">,
  fromText: (text: string) => T,
): ValueType<T> {
  return {
    ...description,
    fromText,
    fromToml(value): T {
      if (typeof value !== "string") throw new ValueError("it has to stand in quotes");
      return fromText(value);
    },
  };
}
