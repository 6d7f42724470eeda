import type { Command } from "./command.ts";
import { check } from "./commands/check.ts";
import { flags } from "./commands/flags.ts";
import { inspectBlockCommand } from "./commands/inspect_block.ts";
import { keygen } from "./commands/keygen.ts";
import { run } from "./commands/run.ts";
import { version } from "./commands/version.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  run,
  check,
  flags,
  keygen,
  inspectBlockCommand,
  version,
];
