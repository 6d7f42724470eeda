/** What comes from miners: accepted shares, found blocks, workers; and the writer before the database. */
export { BATCH_LENGTH_MAX, MINER_ID_LENGTH_MAX, WORKER_NAME_LENGTH_MAX } from "./checks.ts";
export * from "./open_records.ts";
export { partitionName } from "./postgres/day_partitions.ts";
export { RecordStore } from "./record_store.ts";
export * from "./record_writer.ts";
export type {
  RecordWriterMetrics,
  RecordWriterModules,
  RecordWriterOptions,
} from "./record_writer_options.ts";
export * from "./records.ts";
