/**
 * The tables of payments. Every method works inside the caller's transaction, because a state and
 * the money that moves with it are written together or not at all. The tables know no rules of
 * payments but those that a unique index can hold: who may do what next is said in `payouts`.
 *
 * @module
 */
import { AttemptTable } from "./tables/attempt_table.ts";
import { BatchTable } from "./tables/batch_table.ts";
import { ControlTable } from "./tables/control_table.ts";
import { HoldTable } from "./tables/hold_table.ts";
import { PayoutTable } from "./tables/payout_table.ts";
import { SettlementTable } from "./tables/settlement_table.ts";
import { ShieldingTable } from "./tables/shielding_table.ts";
import { TrailTable } from "./tables/trail_table.ts";

export type {
  PayerLeaseRow,
  PayoutAction,
  PayoutBatchRow,
  PayoutControl,
  PayoutEventRow,
  PayoutHold,
  PayoutRow,
  ShieldingRow,
} from "./tables/payout_rows.ts";

/** Reads and writes the tables of payments. */
export class PayoutStore {
  readonly control = new ControlTable();
  readonly batches = new BatchTable();
  readonly payouts = new PayoutTable();
  readonly attempts = new AttemptTable();
  readonly trail = new TrailTable();
  readonly holds = new HoldTable();
  readonly shielding = new ShieldingTable();
  readonly settlements = new SettlementTable();
}
