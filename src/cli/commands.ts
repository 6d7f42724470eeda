import type { Command } from "./command.ts";
import { accountsAdd, accountsList, accountsSetAddress } from "./commands/accounts.ts";
import { check } from "./commands/check.ts";
import { demo } from "./commands/demo.ts";
import { demoNode } from "./commands/demo_node.ts";
import { flags } from "./commands/flags.ts";
import { inspectBlockCommand } from "./commands/inspect_block.ts";
import { keygen } from "./commands/keygen.ts";
import { ledgerBackup, ledgerRestore } from "./commands/ledger_backup.ts";
import { miner } from "./commands/miner.ts";
import { run } from "./commands/run.ts";
import { version } from "./commands/version.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  demo,
  run,
  check,
  flags,
  keygen,
  accountsAdd,
  accountsSetAddress,
  accountsList,
  ledgerBackup,
  ledgerRestore,
  inspectBlockCommand,
  miner,
  demoNode,
  version,
];
