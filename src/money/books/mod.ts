/** The ledger in a database: who earned what, from shares and blocks to balances, and its audit. */
export { audit, type AuditOptions } from "./audit.ts";
export type { AuditReport, Invariant } from "./audit_report.ts";
export * from "./block_settler.ts";
export * from "./coinbase_branch.ts";
export * from "./coinbase_plan.ts";
export * from "./coinbase_splits.ts";
export type { StoredEpoch } from "./epoch_rows.ts";
export { type ClosedHour, HourCloser } from "./hour_closer.ts";
export * from "./ledger_reports.ts";
export * from "./ledger_store.ts";
export type { JournalRow } from "./movement_rows.ts";
export { type PaidBlock, paidBlocks } from "./paid_blocks.ts";
export type { ReportPeriod } from "./report_period.ts";
export * from "./running_hour.ts";
export type { MinerWork, ShareGroup } from "./miner_work.ts";
export { ShareReader } from "./share_reader.ts";
export * from "./share_retention.ts";
