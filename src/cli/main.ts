import { PoolError, reasonOf, visibleText } from "../base/mod.ts";
import { RpcError } from "../platform/rpc/mod.ts";
import { ConfigError, faultLine, suggest } from "../service/config/mod.ts";
import { readArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { CommandError, UsageError } from "./errors.ts";
import { ExitCode } from "./exit_codes.ts";
import { launch, launchFlags } from "./launch.ts";
import { commandHelp, groupHelp, programHelp } from "./help.ts";
import { type Io, systemIo } from "./io.ts";

/**
 * Runs the command that a command line names. Never throws: what goes wrong is one line a fault
 * on standard error, and the exit code.
 *
 * @param argv the arguments without the program's own name.
 * @returns the exit code, see {@link ExitCode}.
 */
export async function main(
  argv: readonly string[],
  io: Io = systemIo,
  commands: readonly Command[] = COMMANDS,
): Promise<ExitCode> {
  try {
    return await dispatch(argv, io, commands);
  } catch (thrown) {
    const { exitCode, lines } = explain(thrown);
    for (const line of lines) io.err(`zcash-pool: ${visibleText(line)}\n`);
    return exitCode;
  }
}

function dispatch(
  argv: readonly string[],
  io: Io,
  commands: readonly Command[],
): Promise<ExitCode> | ExitCode {
  const [first, second] = argv;
  if (first === undefined) {
    io.err(programHelp(commands));
    return ExitCode.usage;
  }
  if (first === "help" || first === "--help" || first === "-h") {
    io.out(helpOn(argv.slice(1).filter((word) => !word.startsWith("-")), commands));
    return ExitCode.ok;
  }
  if (first === LAUNCH) return launchWords(argv.slice(1), io, commands);
  const words = first === "--version" || first === "-V" ? ["version"] : argv;
  const command = find(words, commands);
  if (command !== undefined) return run(command, words.slice(command.name.split(" ").length), io);
  if (isGroup(first, commands)) {
    if (second === "--help" || second === "-h") {
      io.out(groupHelp(first, commands));
      return ExitCode.ok;
    }
    if (second === undefined) {
      throw new UsageError(`${first} needs a word after it, see ${first} --help`);
    }
  }
  throw unknownCommand(argv, commands);
}

/** The word before a command by which `deno task pool` has its permissions worked out. */
const LAUNCH = "launch";

async function launchWords(
  argv: readonly string[],
  io: Io,
  commands: readonly Command[],
): Promise<ExitCode> {
  const command = find(argv, commands);
  if (command === undefined) return await dispatch(argv, io, commands);
  const read = readArguments(command, argv.slice(command.name.split(" ").length));
  if (read.help) return await dispatch(argv, io, commands);
  return await launch(launchFlags(command, read), argv) as ExitCode;
}

function run(command: Command, argv: readonly string[], io: Io): Promise<ExitCode> | ExitCode {
  const { help, values, operands } = readArguments(command, argv);
  if (help) {
    io.out(commandHelp(command));
    return ExitCode.ok;
  }
  return command.execute(values, operands, io);
}

/** The command whose words the line begins with. */
function find(argv: readonly string[], commands: readonly Command[]): Command | undefined {
  return commands.find(({ name }) => name.split(" ").every((word, i) => argv[i] === word));
}

function isGroup(word: string, commands: readonly Command[]): boolean {
  return commands.some(({ name }) => name.startsWith(`${word} `));
}

function helpOn(words: readonly string[], commands: readonly Command[]): string {
  const [first] = words;
  if (first === undefined) return programHelp(commands);
  const command = find(words, commands);
  if (command !== undefined) return commandHelp(command);
  if (isGroup(first, commands)) return groupHelp(first, commands);
  throw unknownCommand(words, commands);
}

function unknownCommand(argv: readonly string[], commands: readonly Command[]): UsageError {
  const [first = "", second] = argv;
  const names = commands.map(({ name }) => name);
  const given = isGroup(first, commands) && second !== undefined ? `${first} ${second}` : first;
  const near = suggest(given, names);
  const meant = near === undefined ? "see zcash-pool help" : `did you mean ${near}?`;
  return new UsageError(`there is no command ${JSON.stringify(given.slice(0, 60))}, ${meant}`);
}

/** What people are told about an error, and the exit code that belongs to it. */
function explain(thrown: unknown): { exitCode: ExitCode; lines: string[] } {
  if (thrown instanceof ConfigError) {
    const exitCode = thrown.isPermission ? ExitCode.permission : ExitCode.config;
    return { exitCode, lines: thrown.faults.map(faultLine) };
  }
  if (thrown instanceof CommandError) {
    return { exitCode: thrown.exitCode, lines: thrown.message.split("\n") };
  }
  if (thrown instanceof RpcError) {
    const exitCode = thrown.peer === "node" ? ExitCode.node : ExitCode.failed;
    return { exitCode, lines: [thrown.message] };
  }
  if (thrown instanceof Deno.errors.NotCapable) {
    return { exitCode: ExitCode.permission, lines: [reasonOf(thrown)] };
  }
  if (thrown instanceof PoolError) return { exitCode: ExitCode.failed, lines: [thrown.message] };
  // Not declared, so a fault of this program: where it happened is what its author needs.
  const stack = thrown instanceof Error ? thrown.stack?.split("\n").slice(1) ?? [] : [];
  return {
    exitCode: ExitCode.failed,
    lines: [`a fault of this program: ${reasonOf(thrown)}`, ...stack.map((line) => line.trim())],
  };
}
