/** Paying miners: states of a payment, the engine that drives them, and what an operator can do. */
export { pausePayments } from "./pause.ts";
export { PayeeCheck } from "./payee_check.ts";
export { holdIfRefused, isFirstPayment } from "./refused_addresses.ts";
export { reservedFault } from "./reserved_fault.ts";
export { transactionsOf } from "./batch.ts";
export { knownTxids } from "./_state_text.ts";
export { type Authority, BatchBook } from "./batch_book.ts";
export { BATCH_STATE_KINDS, type BatchStateKind, type Doubt } from "./batch_state.ts";
export { ChainOfNodes } from "./chain_of_nodes.ts";
export type { ChainPort } from "./chain_port.ts";
export type {
  PayeeDirectory,
  PayoutEngineModules,
  PayoutEngineOptions,
  PayoutLedger,
  SettlementOptions,
} from "./engine_options.ts";
export { payeeAddress } from "./payee_address.ts";
export { PayoutError, type PayoutErrorCode, type RefusalFact } from "./errors.ts";
export { NO_PAYOUT_METRICS, type PayoutMetrics } from "./metrics.ts";
export {
  describePlan,
  type HeldBack,
  type PaymentPlan,
  type PlannedBatch,
} from "./payment_plan.ts";
export { PayoutEngine, type PayoutStatus } from "./payout_engine.ts";
export { adoptMode, NOBODY_IS_PAID, type PayoutMode } from "./payout_mode.ts";
export { type BatchReport, PayoutOperator } from "./payout_operator.ts";
export { PayoutStore } from "./payout_store.ts";
export type { PayoutHold, PayoutRow } from "./tables/payout_rows.ts";
export { checkWalletHealth, type WalletHealth } from "./wallet_health.ts";
