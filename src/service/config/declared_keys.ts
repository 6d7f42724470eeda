import type { Alternative, AnyKey, Declared, Sections } from "./declaration.ts";
import { SECTIONS } from "./sections.ts";
import { filePath } from "./text_types.ts";

/** A declared key with its place. */
export interface PlacedKey {
  /** `section.key`, as people write it. */
  readonly path: string;
  readonly section: string;
  readonly name: string;
  readonly declared: Declared;
}

/** The same declaration without the literal types, for code that walks over all of it. */
const sections: Sections = SECTIONS;

/**
 * Every key that may be given, by its path, in declaration order. Each secret key is followed by
 * the one that names a file instead, `…_file`.
 */
export const DECLARED_KEYS: ReadonlyMap<string, PlacedKey> = new Map(
  Object.entries(sections).flatMap(([section, { keys }]) =>
    Object.entries(keys).flatMap(([name, declared]) => {
      const path = `${section}.${name}`;
      const placed: PlacedKey = { path, section, name, declared };
      if (declared.type.secret !== true) return [placed];
      return [placed, {
        path: `${path}_file`,
        section,
        name: `${name}_file`,
        declared: secretFile(path),
      }];
    })
  ).map((placed) => [placed.path, placed]),
);

/** Sections by name with what each is for. */
export const SECTION_DOCS: ReadonlyMap<string, string> = new Map(
  Object.entries(sections).map(([name, { doc }]) => [name, doc]),
);

/** The key whose value `path` gives: itself, or the one that it is an alternative of. */
export function targetOf(path: string): { path: string; key: AnyKey } {
  const declared = DECLARED_KEYS.get(path)?.declared;
  if (declared?.role === "key") return { path, key: declared };
  if (declared === undefined) throw new RangeError(`Cannot find the key: ${path} is not declared`);
  return targetOf(declared.of);
}

/** Where a key's value stands in the typed configuration. */
export function propertyOf(name: string, key: AnyKey): string {
  return key.as ?? name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The environment variable that overrides a key. */
export function environmentName(path: string): string {
  return `POOL__${path.replace(".", "__").toUpperCase()}`;
}

function secretFile(path: string): Alternative {
  return {
    role: "alternative",
    form: "file",
    of: path,
    type: filePath,
    equalAllowed: false,
    doc: `A file that holds nothing but the value of \`${path.replace(/^.*\./, "")}\`.`,
  };
}
