/** The life of a pool's money: terms and hours, found blocks, payments, limits, audit, warnings. */
export { Books, type BooksModules, type BooksOptions } from "./books.ts";
export { auditChain, type ChainAudit, type ChainAuditNode } from "./chain_audit.ts";
export { CoinbasePayments, type CoinbasePlan } from "./coinbase_payments.ts";
export type { OrphanRate } from "./orphan_rate.ts";
export type { LiabilityLimits } from "./liability_guard.ts";
export * from "./luck_report.ts";
export { MONEY_ACCOUNTS, type MoneyMetrics } from "./metrics.ts";
export { type MoneyTerms, type MoneyWarning, moneyWarnings } from "./money_warnings.ts";
export { type CommonTerms, PoolProcess } from "./pool_processes.ts";
export * from "./proportional_report.ts";
export { termsFields } from "./terms.ts";
export { Treasury, type TreasuryModules, type TreasuryOptions } from "./treasury.ts";
