import { parseArgs } from "node:util";
import { suggest } from "../service/config/mod.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./errors.ts";

/** What a command line says after the command's name. */
export interface ReadArguments {
  /** By option name, as the options read them. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly operands: readonly string[];
  readonly help: boolean;
}

/**
 * Reads the arguments of a command.
 *
 * @throws {UsageError} for what is not declared, is missing its value, or has a wrong one.
 */
export function readArguments(command: Command, argv: readonly string[]): ReadArguments {
  const declared = Object.entries(command.options);
  const { tokens } = parseArgs({
    args: [...argv],
    // Not strict: its messages differ between versions, and they cannot suggest a name.
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      help: { type: "boolean", short: "h" },
      ...Object.fromEntries(
        declared.map(([name, { placeholder }]) => [
          name,
          { type: placeholder === undefined ? "boolean" : "string" } as const,
        ]),
      ),
    },
  });
  const texts = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    if (token.name === "help") return { values: {}, operands: [], help: true };
    const text = optionText(command, token);
    texts.set(token.name, [...texts.get(token.name) ?? [], text]);
  }
  checkOperands(command, operands);
  const values = declared.map(([name, option]) => {
    const given = texts.get(name) ?? [];
    if (given.length > 1 && !option.repeatable) throw new UsageError(`--${name} stands twice`);
    return [name, option.read(given, name)];
  });
  return { values: Object.fromEntries(values), operands, help: false };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}

function optionText(command: Command, { name, rawName, value }: OptionToken): string {
  const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
  if (option === undefined) {
    const near = suggest(name, [...Object.keys(command.options), "help"]);
    const meant = near === undefined ? `see ${command.name} --help` : `did you mean --${near}?`;
    throw new UsageError(`${rawName} is no option of ${command.name}, ${meant}`);
  }
  if (option.placeholder === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
    return "";
  }
  if (value === undefined) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${option.placeholder}`);
  }
  return value;
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const { min, max, usage } = command.operands ?? { min: 0, max: 0, usage: "" };
  if (operands.length > max) {
    const surplus = JSON.stringify(operands[max]);
    throw new UsageError(`${command.name} does not take ${surplus}, see ${command.name} --help`);
  }
  if (operands.length < min) throw new UsageError(`${command.name} needs ${usage}`);
}
