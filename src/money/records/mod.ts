/** What comes from miners: verdicts credited and counted, shares, found blocks, workers; and their writer. */
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
export * from "./share_recorder.ts";
