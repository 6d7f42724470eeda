/** All steps of the schema in their order: records from 1 on, money from 2, payments from 100. */
import recordsPostgres from "./0001_records.postgres.sql" with { type: "text" };
import recordsSqlite from "./0001_records.sqlite.sql" with { type: "text" };
import { LEDGER } from "./0002_ledger.ts";
import { undecidedBlocks } from "./0003_undecided_blocks.ts";
import { hourSums } from "./0004_hour_sums.ts";
import { freedRounds } from "./0005_freed_rounds.ts";
import { windowUnits } from "./0006_window_units.ts";
import { workUnits } from "./0007_work_units.ts";
import { PAYOUTS } from "./0100_payouts.ts";
import { accounts } from "./0200_accounts.ts";
import { settledPayouts } from "./0201_settled_payouts.ts";
import { attemptHeights } from "./0202_attempt_heights.ts";
import { momentsWithZone } from "./0300_moments_with_zone.ts";
import { acceptedOnly } from "./0301_accepted_only.ts";
import { poolProcesses } from "./0302_pool_processes.ts";
import { coinbasePayments } from "./0303_coinbase_payments.ts";
import { bans } from "./0400_bans.ts";
import { closedSplits } from "./0401_closed_splits.ts";
import type { Migration } from "./migration.ts";

export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: "records", sqlite: recordsSqlite, postgres: recordsPostgres },
  LEDGER,
  undecidedBlocks,
  hourSums,
  freedRounds,
  windowUnits,
  workUnits,
  PAYOUTS,
  accounts,
  settledPayouts,
  attemptHeights,
  momentsWithZone,
  acceptedOnly,
  poolProcesses,
  coinbasePayments,
  bans,
  closedSplits,
];
