import type { Alternative } from "./declaration.ts";
import type { SECTIONS } from "./sections.ts";
import type { ValueType } from "./value_type.ts";

/** `nonce_1_len` as `nonce1Len`. */
type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** The property of a key: its own name, or the one that says what became of its unit. */
type PropertyName<Name extends string, Declared> = Declared extends Alternative ? never
  : Declared extends { readonly as?: infer As } ? [As & string] extends [never] ? CamelCase<Name>
    : As & string
  : CamelCase<Name>;

type Value<Declared> = Declared extends
  { readonly type: ValueType<infer T>; readonly presence: { readonly kind: infer Kind } }
  ? Kind extends "optional" ? T | undefined : T
  : never;

type SectionValues<Keys> = {
  readonly [Name in keyof Keys & string as PropertyName<Name, Keys[Name]>]: Value<Keys[Name]>;
};

/** The configuration as the program sees it: every value checked, in the program's units. */
export type Config = {
  readonly [Name in keyof typeof SECTIONS]: SectionValues<typeof SECTIONS[Name]["keys"]>;
};
