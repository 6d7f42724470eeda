import type { NeededPermission, ParsedConfig } from "../service/config/mod.ts";
import type { Io } from "./io.ts";
import type { ExitCode } from "./exit_codes.ts";
import type { Options, OptionValues } from "./options.ts";

/** What stands after the options. */
export interface Operands {
  /** As help shows it: `FILE|-`. */
  readonly usage: string;
  readonly min: number;
  readonly max: number;
}

/** How a command is declared. */
export interface CommandDeclaration<O extends Options> {
  /** One word, or a group and a word: `inspect block`. */
  readonly name: string;
  /** One sentence without its full stop. */
  readonly summary: string;
  /** Paragraphs for the command's own help. */
  readonly details?: string;
  readonly options: O;
  /** None when absent. */
  readonly operands?: Operands;
  /** The permissions that its own options and operands need, beside those of its configuration. */
  needs?(
    options: OptionValues<O>,
    operands: readonly string[],
    parsed: ParsedConfig | undefined,
  ): readonly NeededPermission[];
  /** @throws {CommandError} and the declared errors of the rooms. */
  run(options: OptionValues<O>, operands: readonly string[], io: Io): Promise<ExitCode> | ExitCode;
}

/** A command of any options. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly options: Options;
  readonly operands?: Operands;
  /** See {@link CommandDeclaration.needs}. */
  needs?(
    values: Readonly<Record<string, unknown>>,
    operands: readonly string[],
    parsed: ParsedConfig | undefined,
  ): readonly NeededPermission[];
  /** @param values as read by {@link options}, one for each. */
  execute(
    values: Readonly<Record<string, unknown>>,
    operands: readonly string[],
    io: Io,
  ): Promise<ExitCode> | ExitCode;
}

/** Declares a command; its options' types reach `run`. */
export function defineCommand<O extends Options>(declaration: CommandDeclaration<O>): Command {
  const { run, needs, ...rest } = declaration;
  return {
    ...rest,
    ...needs === undefined
      ? {}
      : { needs: (values, operands, parsed) => needs(values as OptionValues<O>, operands, parsed) },
    // Each value was read by the option of the same name, which is what OptionValues says.
    execute: (values, operands, io) => run(values as OptionValues<O>, operands, io),
  };
}
