import { type Counter, type Gauge, noMetrics } from "../../base/mod.ts";
import { BATCH_STATE_KINDS, type BatchStateKind } from "./batch_state.ts";

/** What the room measures. Amounts are shown as doubles, which is exact up to 90 million ZEC. */
export interface PayoutMetrics {
  /** Batches by their state; those of final states stay at 0, the counters below have them. */
  readonly batches: Readonly<Record<BatchStateKind, Gauge>>;
  /** Zatoshis set aside in live payouts. */
  readonly reservedZat: Gauge;
  /** Since the process started. */
  readonly settledZat: Counter;
  readonly releasedZat: Counter;
  readonly networkFeeZat: Counter;
  /** Spendable by pool. */
  readonly walletZat: Readonly<
    Record<"transparent" | "coinbase" | "sapling" | "orchard" | "ironwood", Gauge>
  >;
  /** Blocks that the wallet is behind our node. */
  readonly walletLagBlocks: Gauge;
  /** 1 while the wallet cannot be paid from. */
  readonly walletUnhealthy: Gauge;
  /** Age of the oldest batch that is not final, in seconds; 0 without one. */
  readonly oldestBatchSeconds: Gauge;
  /** Since the last payment settled, in seconds; 0 before the first. */
  readonly sinceSettledSeconds: Gauge;
  /** Batches whose outcome became unknown. */
  readonly unknownOutcomes: Counter;
  /** Payments that were final and whose transaction the best chain lacks now; must stay 0. */
  readonly undone: Gauge;
  /** Must stay 0. */
  readonly invariantViolations: Counter;
  /** Payees on hold. */
  readonly heldPayees: Gauge;
  readonly shieldingBacklogZat: Gauge;
  readonly shieldingBacklogOutputs: Gauge;
  /** 1 while payments are paused. */
  readonly paused: Gauge;
  /** 1 in the process that pays. */
  readonly payer: Gauge;
}

/** Measures nothing. */
export const NO_PAYOUT_METRICS: PayoutMetrics = {
  batches: noMetrics(...BATCH_STATE_KINDS),
  ...noMetrics("reservedZat", "settledZat", "releasedZat", "networkFeeZat"),
  walletZat: noMetrics("transparent", "coinbase", "sapling", "orchard", "ironwood"),
  ...noMetrics(
    "walletLagBlocks",
    "walletUnhealthy",
    "oldestBatchSeconds",
    "sinceSettledSeconds",
    "unknownOutcomes",
    "undone",
    "invariantViolations",
    "heldPayees",
    "shieldingBacklogZat",
    "shieldingBacklogOutputs",
    "paused",
    "payer",
  ),
};
