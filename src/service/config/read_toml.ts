import { parse } from "@std/toml";
import { reasonOf } from "../../base/mod.ts";
import { DECLARED_KEYS, SECTION_DOCS } from "./declared_keys.ts";
import type { ConfigFault } from "./faults.ts";
import type { Given } from "./given.ts";
import { suggest } from "./suggest.ts";
import type { TomlValue } from "./value_type.ts";

/** A configuration is some 80 lines; a file past this bound is another file. */
const TOML_LENGTH_MAX = 256 * 1024;

/** What a TOML text holds. */
export interface TomlSettings {
  readonly given: Given[];
  readonly faults: ConfigFault[];
  /** False when it is no TOML: then what is missing in it says nothing. */
  readonly readable: boolean;
}

/** Settings that a TOML text holds, and what in it is no setting. */
export function readToml(text: string, label: string): TomlSettings {
  const document = parseDocument(text);
  if ("reason" in document) {
    return {
      given: [],
      faults: [{ path: label, reason: document.reason, allowed: "a TOML document" }],
      readable: false,
    };
  }
  const given: Given[] = [];
  const faults: ConfigFault[] = [];
  for (const [section, keys] of Object.entries(document.tables)) {
    if (!SECTION_DOCS.has(section)) {
      faults.push(unknownSection(section, label));
    } else if (!isTable(keys)) {
      faults.push({ path: section, source: label, allowed: `a section, [${section}]` });
    } else {
      for (const [name, toml] of Object.entries(keys)) {
        const path = `${section}.${name}`;
        if (DECLARED_KEYS.has(path)) given.push({ path, source: "file", label, raw: { toml } });
        else faults.push(unknownKey(path, label));
      }
    }
  }
  return { given, faults, readable: true };
}

/** What is not declared. Its value is not shown: it may be a secret under a misspelled name. */
export function unknownKey(path: string, label: string): ConfigFault {
  const [section = ""] = path.split(".");
  if (!SECTION_DOCS.has(section)) return unknownSection(section, label);
  const inSection = [...DECLARED_KEYS.values()].filter((key) => key.section === section);
  const name = path.slice(section.length + 1);
  const near = suggest(name, inSection.map((key) => key.name)) ?? elsewhere(name);
  return {
    path,
    source: label,
    reason: `this key does not exist${
      didYouMean(near && (near.includes(".") ? near : `${section}.${near}`))
    }`,
    allowed: inSection.map((key) => key.name).join(", "),
  };
}

/** The key of the same name in another section, as `section.key`. */
function elsewhere(name: string): string | undefined {
  return [...DECLARED_KEYS.values()].find((key) => key.name === name)?.path;
}

function unknownSection(section: string, label: string): ConfigFault {
  const known = [...SECTION_DOCS.keys()];
  const key = elsewhere(section);
  const near = suggest(section, known)?.replace(/^.*$/, "[$&]") ?? key;
  return {
    path: printable(section),
    source: label,
    reason: `this section does not exist${didYouMean(near)}`,
    allowed: known.map((name) => `[${name}]`).join(", "),
  };
}

function didYouMean(name: string | undefined): string {
  return name === undefined ? "" : `, did you mean ${name}?`;
}

/** Names come from a file that may be anything. */
function printable(name: string): string {
  return /^[\w-]{1,60}$/.test(name) ? name : JSON.stringify(name.slice(0, 60));
}

function parseDocument(
  text: string,
): { tables: { readonly [key: string]: TomlValue } } | { reason: string } {
  if (text.length > TOML_LENGTH_MAX) {
    return { reason: `${text.length} characters are more than ${TOML_LENGTH_MAX}` };
  }
  try {
    // Sections have plain values and one level of lists: the depth is a bound against nonsense.
    return { tables: parse(text, { maxDepth: 8, integersAsBigInt: "asNeeded" }) as TomlTables };
  } catch (thrown) {
    return { reason: whereBroken(thrown) };
  }
}

type TomlTables = { readonly [key: string]: TomlValue };

/**
 * The parser's own message quotes the line, which may hold a secret: the first line of the message
 * and the position are all that is shown.
 */
function whereBroken(thrown: unknown): string {
  const [first = ""] = reasonOf(thrown).split("\n");
  const reason = first.replace(/^Invalid TOML document: /, "");
  if (thrown instanceof Error && "line" in thrown && "column" in thrown) {
    return `${reason}, line ${thrown.line}, column ${thrown.column}`;
  }
  return reason;
}

function isTable(value: TomlValue): value is TomlTables {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}
