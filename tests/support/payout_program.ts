/**
 * The program that pays, as worlds and scenarios are given it: that of the pool, or a wrong one.
 *
 * @module
 */
import * as payouts from "../../src/money/payouts/mod.ts";
import * as settlement from "../../src/money/settlement/mod.ts";

/** The parts of payments that tests make. */
export type PayoutProgram =
  & Pick<typeof payouts, "BatchBook" | "PayoutEngine" | "PayoutOperator">
  & Pick<typeof settlement, "SettlementHandler">;

/** What runs in the pool. */
export const POOL_PROGRAM: PayoutProgram = { ...payouts, ...settlement };
