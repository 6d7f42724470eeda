import type { Command } from "./command.ts";
import { EXIT_CODE_MEANINGS } from "./exit_codes.ts";
import type { Options } from "./options.ts";

/** The whole program's help. */
export function programHelp(commands: readonly Command[]): string {
  return [
    "zcash-pool: a Zcash mining pool for Zebra that speaks Stratum V2.",
    "",
    "Usage: zcash-pool COMMAND [OPTIONS]",
    "",
    "Commands:",
    columns(commands.map(({ name, summary }) => [name, summary])),
    "",
    "COMMAND --help says more. Exit codes:",
    columns(EXIT_CODE_MEANINGS.map(([code, meaning]) => [String(code), meaning])),
    "",
  ].join("\n");
}

/** The commands of a group: `inspect`. */
export function groupHelp(group: string, commands: readonly Command[]): string {
  const members = commands.filter(({ name }) => name.startsWith(`${group} `));
  return [
    `Usage: zcash-pool ${group} COMMAND [OPTIONS]`,
    "",
    "Commands:",
    columns(members.map(({ name, summary }) => [name, summary])),
    "",
  ].join("\n");
}

/** A command's own help. */
export function commandHelp(command: Command): string {
  const operands = command.operands === undefined ? "" : ` ${command.operands.usage}`;
  return [
    ...wrap(`zcash-pool ${command.name}: ${command.summary}.`, 100),
    "",
    `Usage: zcash-pool ${command.name} [OPTIONS]${operands}`,
    "",
    ...command.details === undefined ? [] : [command.details.trim(), ""],
    ...optionLines(command.options),
    "",
  ].join("\n");
}

/** A command's own options, then those of many commands in one line; alone these are its own. */
function optionLines(options: Options): string[] {
  const all = Object.entries(options);
  const own = all.filter(([, { shared }]) => shared !== true);
  if (own.length === 0) return ["Options:", columns(optionRows(options))];
  const shared = all.filter(([, option]) => option.shared === true).map(([name, option]) =>
    `--${name} ${option.placeholder ?? ""}`.trimEnd()
  );
  const lines = ["Options:", columns(optionRows(Object.fromEntries(own)))];
  if (shared.length === 0) return lines;
  const text = `Configuration, see run --help: ${shared.join(", ")}.`;
  return [...lines, "", ...wrap(text, 100)];
}

function optionRows(options: Options): (readonly [string, string])[] {
  const rows = Object.entries(options).map(([name, { placeholder, doc, repeatable }]) =>
    [
      placeholder === undefined ? `--${name}` : `--${name} ${placeholder}`,
      repeatable ? `${doc} May be given more than once.` : doc,
    ] as const
  );
  return [...rows, ["-h, --help", "Show this help."]];
}

/** Two columns, the second one wrapped so that lines stay within a terminal of 100. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows.map(([left, right]) => {
    const [first = "", ...rest] = wrap(right, 98 - width);
    return [`  ${left.padEnd(width - 2)}${first}`, ...rest.map((line) => " ".repeat(width) + line)]
      .join("\n");
  }).join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
