import {
  type Clock,
  type Counter,
  type Gauge,
  type Histogram,
  type Logger,
  noMetrics,
} from "../../base/mod.ts";
import type { RecordStore } from "./record_store.ts";

/** Bounds of a RecordWriter; each default has its reason beside it. */
export interface RecordWriterOptions {
  /** Shares that may wait: 120 s of the 833 shares a second that 10,000 miners send. */
  readonly capacity?: number;
  /** Shares in one transaction; 250 hold the event loop for some 2.5 ms in SQLite. */
  readonly batchSize?: number;
  /** The longest that a share waits for its batch while the store works. */
  readonly intervalMs?: number;
  /** A share that has waited this long for a failing store stops the taking of new ones. */
  readonly lagMaxMs?: number;
  /** How often the states of workers are written; they are no money. */
  readonly slowIntervalMs?: number;
  /** How long closing tries to write what is left. */
  readonly closeTimeoutMs?: number;
}

/** What a RecordWriter measures. */
export interface RecordWriterMetrics {
  readonly written: Counter;
  readonly duplicates: Counter;
  readonly retries: Counter;
  readonly waiting: Gauge;
  readonly batchSeconds: Histogram;
}

/** What a RecordWriter needs from others. */
export interface RecordWriterModules {
  readonly store: RecordStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: RecordWriterMetrics;
}

/** The bounds where none are given. */
export const RECORD_WRITER_DEFAULTS: Required<RecordWriterOptions> = {
  capacity: 100_000,
  batchSize: 250,
  intervalMs: 250,
  lagMaxMs: 120_000,
  slowIntervalMs: 10_000,
  closeTimeoutMs: 10_000,
};

/** Measures nothing. */
export const NO_RECORD_WRITER_METRICS: RecordWriterMetrics = noMetrics(
  "written",
  "duplicates",
  "retries",
  "waiting",
  "batchSeconds",
);
