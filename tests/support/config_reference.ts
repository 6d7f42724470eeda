import type { Declared } from "../../src/service/config/declaration.ts";
import {
  DECLARED_KEYS,
  type PlacedKey,
  SECTION_DOCS,
  targetOf,
} from "../../src/service/config/declared_keys.ts";
import { showValue } from "../../src/service/config/given.ts";

/** How to read the tables. */
const INTRODUCTION =
  `The configuration is a TOML file; every key can also be given by the environment variable
\`POOL__SECTION__KEY\` (lists separated by commas) and, except for secrets, by \`--set section.key=value\`.
The command line wins over the environment, that over the file, that over the default. A key or a
section that does not exist is refused. Keys marked *(live)* need no restart once this version can
reload its configuration; until then every change takes a restart.`;

/** The configuration reference as markdown: one table for each section, from the declaration. */
export function configReference(): string {
  const sections = [...SECTION_DOCS].map(([name, doc]) => {
    const keys = [...DECLARED_KEYS.values()].filter((key) => key.section === name);
    return [`### [${name}]`, "", doc, "", TABLE_HEAD, ...keys.map(row)].join("\n");
  });
  return `${[INTRODUCTION, ...sections].join("\n\n")}\n`;
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
  return found;
}
