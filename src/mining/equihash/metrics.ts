import { type Counter, type Gauge, type Histogram, noMetrics } from "../../base/mod.ts";

/** What the pool of verifiers measures. */
export interface VerifierMetrics {
  /** Seconds from the request until it was posted to a worker; one value a share. */
  readonly queuedSeconds: Histogram;
  /** Seconds from posting a batch until the worker took it up; one value a batch. */
  readonly sentSeconds: Histogram;
  /** Seconds the worker spent on a share: that of its batch, divided by the shares in it. */
  readonly workedSeconds: Histogram;
  /** Seconds from the end of the work until the answer was read here; one value a batch. */
  readonly returnedSeconds: Histogram;
  /** Shares that wait for a worker now. */
  readonly waiting: Gauge;
  /** Requests that were refused, or displaced by others, because the queue was full. */
  readonly refused: Counter;
  /** Workers that failed or gave no answer in time; each is replaced. */
  readonly workerDeaths: Counter;
  /** Shares that were counted invalid because checking them failed again and again: an alarm. */
  readonly poisoned: Counter;
}

/** Measures nothing. */
export const NO_VERIFIER_METRICS: VerifierMetrics = noMetrics(
  "queuedSeconds",
  "sentSeconds",
  "workedSeconds",
  "returnedSeconds",
  "waiting",
  "refused",
  "workerDeaths",
  "poisoned",
);
