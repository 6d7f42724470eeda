/**
 * How options of commands are declared: once, with everything that reading and help need.
 *
 * @module
 */
import { UsageError } from "./errors.ts";

/** One option; `T` is what the command gets. */
export interface Option<T> {
  readonly doc: string;
  /** What stands for the value in help; absent for a flag. */
  readonly placeholder?: string;
  /** True when it may be given more than once. */
  readonly repeatable: boolean;
  /** True for what many commands have: help has these in one line behind a command's own. */
  readonly shared?: boolean;
  /** Texts in order; a flag that is set has one empty text. @throws {UsageError} */
  read(texts: readonly string[], name: string): T;
}

/** Options by name, without the dashes. */
export type Options = Readonly<Record<string, Option<unknown>>>;

/** What a command with these options gets. */
export type OptionValues<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
};

/** The same options, marked as those of many commands. */
export function sharedOptions<O extends Options>(options: O): O {
  const marked = Object.entries(options).map((
    [name, option],
  ) => [name, { ...option, shared: true }]);
  return Object.fromEntries(marked) as O;
}

/** `--name`. */
export function flagOption(doc: string): Option<boolean> {
  return { doc, repeatable: false, read: (texts) => texts.length > 0 };
}

/** `--name TEXT`. */
export function textOption(placeholder: string, doc: string): Option<string | undefined> {
  return { doc, placeholder, repeatable: false, read: (texts) => texts[0] };
}

/** `--name TEXT`, as often as wanted. */
export function repeatedOption(placeholder: string, doc: string): Option<readonly string[]> {
  return { doc, placeholder, repeatable: true, read: (texts) => texts };
}

/** `--name N`, a whole number. */
export function countOption<D extends number | undefined>(
  range: { readonly min: number; readonly max: number; readonly preset: D },
  doc: string,
): Option<number | D> {
  return {
    doc: range.preset === undefined ? doc : `${doc} Default: ${range.preset}.`,
    placeholder: "N",
    repeatable: false,
    read([text], name): number | D {
      if (text === undefined) return range.preset;
      const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : NaN;
      if (value >= range.min && value <= range.max) return value;
      throw new UsageError(
        `--${name} = ${JSON.stringify(text)}: allowed is a whole number from ${range.min} to ` +
          `${range.max}`,
      );
    },
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Longer than a day is `run`, not a limited run; the bound also fits the runtime's timers. */
const DURATION_MAX_MS = 24 * 3_600_000;

/** `--name 60s`: a duration, in milliseconds. */
export function durationOption(doc: string): Option<number | undefined> {
  return {
    doc,
    placeholder: "TIME",
    repeatable: false,
    read([text], name): number | undefined {
      if (text === undefined) return undefined;
      const match = /^([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h)$/.exec(text);
      const ms = Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ""] ?? NaN);
      if (ms > 0 && ms <= DURATION_MAX_MS) return Math.round(ms);
      throw new UsageError(
        `--${name} = ${JSON.stringify(text)}: allowed is a time like 60s, 500ms, 5m, at most 24h`,
      );
    },
  };
}
