import type { Declared } from "./declaration.ts";
import { DECLARED_KEYS, type PlacedKey, SECTION_DOCS, targetOf } from "./declared_keys.ts";
import { showValue } from "./given.ts";

/** Lines between which the README holds the generated reference. */
export const REFERENCE_BEGIN = "<!-- config-reference:begin -->";

/** See {@link REFERENCE_BEGIN}. */
export const REFERENCE_END = "<!-- config-reference:end -->";

/** The configuration reference as markdown: one table for each section, from the declaration. */
export function configReference(): string {
  const sections = [...SECTION_DOCS].map(([name, doc]) => {
    const keys = [...DECLARED_KEYS.values()].filter((key) => key.section === name);
    return [`### [${name}]`, "", doc, "", TABLE_HEAD, ...keys.map(row)].join("\n");
  });
  return `${sections.join("\n\n")}\n`;
}

/**
 * The document with the text between its markers replaced by the reference.
 *
 * @throws {RangeError} when the markers are not there, once each and in order.
 */
export function withReference(document: string): string {
  const begin = document.indexOf(REFERENCE_BEGIN);
  const end = document.indexOf(REFERENCE_END);
  const again = document.indexOf(REFERENCE_BEGIN, begin + 1);
  if (begin < 0 || end < begin || again >= 0) {
    throw new RangeError(
      `Cannot place the reference: one line ${REFERENCE_BEGIN} and after it one line ` +
        `${REFERENCE_END} expected`,
    );
  }
  const head = document.slice(0, begin + REFERENCE_BEGIN.length);
  return `${head}\n${configReference()}${document.slice(end)}`;
}

const TABLE_HEAD = "| Key | Default | Unit | Allowed | What it does |\n|---|---|---|---|---|";

function row({ path, name, declared }: PlacedKey): string {
  const cells = [
    `\`${name}\``,
    absence(path, declared),
    declared.unit ?? "",
    declared.type.allowed,
    [declared.doc, ...notes(declared)].join(" "),
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function absence(path: string, declared: Declared): string {
  if (declared.role === "alternative") return `see \`${targetOf(path).path}\``;
  switch (declared.presence.kind) {
    case "required":
      return "required";
    case "optional":
      return declared.presence.meaning;
    case "default":
      return `\`${showValue(declared.presence.value)}\``;
  }
}

function notes(declared: Declared): string[] {
  const found: string[] = [];
  if (declared.change === "live") found.push("*(live)*");
  if (declared.pending !== undefined) {
    found.push(`**Not in this version yet: ${declared.pending.capability.name}.**`);
  }
  return found;
}
