import type { Command } from "./command.ts";
import { accountsAdd, accountsList, accountsSetAddress } from "./commands/accounts.ts";
import { bansAdd, bansLift, bansList } from "./commands/bans.ts";
import { blocks } from "./commands/blocks.ts";
import { check } from "./commands/check.ts";
import { demo } from "./commands/demo.ts";
import { demoNode } from "./commands/demo_node.ts";
import { epochs } from "./commands/epochs.ts";
import { flags } from "./commands/flags.ts";
import { inspectBlockCommand } from "./commands/inspect_block.ts";
import { keygen } from "./commands/keygen.ts";
import { ledgerAudit } from "./commands/ledger_audit.ts";
import { ledgerBackup, ledgerRestore } from "./commands/ledger_backup.ts";
import { ledgerExport } from "./commands/ledger_export.ts";
import { ledgerPool } from "./commands/ledger_pool.ts";
import { ledgerShow } from "./commands/ledger_show.ts";
import { miner } from "./commands/miner.ts";
import { miners } from "./commands/miners.ts";
import {
  payoutsAllowOthers,
  payoutsDryRun,
  payoutsHold,
  payoutsPause,
  payoutsRelease,
  payoutsResolve,
  payoutsResume,
  payoutsRun,
  payoutsUnhold,
} from "./commands/payouts.ts";
import { payoutsList, payoutsShow } from "./commands/payout_reports.ts";
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
  bansList,
  bansAdd,
  bansLift,
  miners,
  blocks,
  epochs,
  ledgerAudit,
  ledgerPool,
  ledgerShow,
  ledgerExport,
  ledgerBackup,
  ledgerRestore,
  payoutsList,
  payoutsShow,
  payoutsDryRun,
  payoutsRun,
  payoutsPause,
  payoutsResume,
  payoutsHold,
  payoutsUnhold,
  payoutsResolve,
  payoutsAllowOthers,
  payoutsRelease,
  inspectBlockCommand,
  miner,
  demoNode,
  version,
];
