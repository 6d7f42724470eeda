import { noMetrics } from "../../base/mod.ts";
import type { Counter, CounterBy, Gauge, Histogram } from "../../base/mod.ts";
import type { SubmissionState } from "./block_state.ts";

/** What the room measures. */
export interface BlockMetrics {
  /** Changes of state, by the new state. */
  readonly outcomes: CounterBy<SubmissionState>;
  /** From `submit()` to each node's answer to `submitblock`. */
  readonly submitSeconds: Histogram;
  /** Blocks whose fate is not known yet. */
  readonly open: Gauge;
  /** Writes to the spool that failed. */
  readonly spoolFailures: Counter;
}

/** Measures nothing. */
export const NO_BLOCK_METRICS: BlockMetrics = noMetrics(
  "outcomes",
  "submitSeconds",
  "open",
  "spoolFailures",
);
