/**
 * The tables of payments. Every method works inside the caller's transaction, because a state and
 * the money that moves with it are written together or not at all. The tables know no rules of
 * payments but those that a unique index can hold: who may do what next is said in `payouts`.
 *
 * @module
 */
import { AttemptTable } from "./payouts/attempt_table.ts";
import { BatchTable } from "./payouts/batch_table.ts";
import { ControlTable } from "./payouts/control_table.ts";
import { HoldTable } from "./payouts/hold_table.ts";
import { PayoutTable } from "./payouts/payout_table.ts";
import { SettlementTable } from "./payouts/settlement_table.ts";
import { ShieldingTable } from "./payouts/shielding_table.ts";
import { TrailTable } from "./payouts/trail_table.ts";

export type {
  PayerLeaseRow,
  PayoutAction,
  PayoutBatchRow,
  PayoutControl,
  PayoutEventRow,
  PayoutHold,
  PayoutRow,
  ShieldingRow,
} from "./payouts/payout_rows.ts";

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
