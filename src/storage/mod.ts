/** What the pool keeps: the store's interface, its implementations, and the writer before it. */
export * from "./errors.ts";
export { audit, type AuditOptions } from "./ledger/audit.ts";
export type { AuditReport, Invariant } from "./ledger/audit_report.ts";
export type { AccountBalance, LedgerSummary, Page } from "./ledger/balance_rows.ts";
export * from "./ledger/block_settler.ts";
export type { StoredEpoch } from "./ledger/epoch_rows.ts";
export { type ClosedHour, HourCloser } from "./ledger/hour_closer.ts";
export type { AccountLine, StoredEntry } from "./ledger/journal_rows.ts";
export * from "./ledger/running_hour.ts";
export { type MinerWork, type ShareGroup, ShareReader } from "./ledger/share_reader.ts";
export * from "./ledger/share_retention.ts";
export * from "./ledger_store.ts";
export * from "./open_store.ts";
export * from "./payout_store.ts";
export * from "./record_writer.ts";
export type {
  RecordWriterMetrics,
  RecordWriterModules,
  RecordWriterOptions,
} from "./record_writer_options.ts";
export * from "./postgres/ask_server.ts";
export * from "./sql/open_database.ts";
export * from "./sql/sql_database.ts";
export * from "./store.ts";
export {
  BATCH_LENGTH_MAX,
  MINER_ID_LENGTH_MAX,
  REASON_LENGTH_MAX,
  WORKER_NAME_LENGTH_MAX,
} from "./checks.ts";
export * from "./account_store.ts";
export * from "./ledger_reports.ts";
export * from "./backup/backup_error.ts";
export * from "./backup/postgres_backup.ts";
export * from "./backup/sqlite_backup.ts";
