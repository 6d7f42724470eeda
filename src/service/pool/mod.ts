/** A whole pool: its rooms wired together. */
export { openBooks } from "./books.ts";
export { countDescriptors, descriptorAdvice } from "./descriptors.ts";
export * from "./events.ts";
export { moneyWarningText } from "./money_warning_text.ts";
export { moneyTerms, poolNetwork } from "./options.ts";
export * from "./mining_core.ts";
export { ListenError } from "./mining_listener.ts";
export type { MiningService } from "./mining_service.ts";
export type { ChainListener } from "./work_distributor.ts";
export { requireLastingPayments } from "./places.ts";
export * from "./pool.ts";
export { networkFault, networkName } from "./network_check.ts";
export { makeNodes } from "./nodes.ts";
export { chainOf, walletOf } from "./payment_parts.ts";
export { type RunningPool, type StartOptions, startPool } from "./start_pool.ts";
