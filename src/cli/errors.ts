import { PoolError } from "../base/mod.ts";
import { ExitCode } from "./exit_codes.ts";

/** A command ends with a message for people, one fault a line, and an exit code. */
export class CommandError extends PoolError {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super("command-failed", message, options);
    this.exitCode = exitCode;
  }
}

/** The command line was not understood. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(ExitCode.usage, message);
  }
}
