/** The command line: commands, their options and help, and how they end. */
export type { Command } from "./command.ts";
export { ExitCode } from "./exit_codes.ts";
export type { Io } from "./io.ts";
export { main } from "./main.ts";
