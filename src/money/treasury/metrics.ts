import type { Gauge } from "../../base/mod.ts";
import type { BlockState } from "../../chain/blocks/mod.ts";
import type { ChainFollowerMetrics } from "../../chain/chain_follower/mod.ts";
import type { PayoutMetrics } from "../payouts/mod.ts";

/** Sums over miners, and the pool's own accounts. */
export const MONEY_ACCOUNTS = [
  "immature",
  "available",
  "reserved",
  "paid",
  "pool-fee",
  "pool-variance",
  "network-fee",
  "suspense",
] as const;

/** What is measured of money and of what it comes from. Amounts are doubles, for display. */
export interface MoneyMetrics {
  readonly follower: ChainFollowerMetrics;
  readonly payouts: PayoutMetrics;
  readonly blocks: Readonly<Record<BlockState, Gauge>>;
  readonly accounts: Readonly<Record<typeof MONEY_ACCOUNTS[number], Gauge>>;
  readonly liabilityZat: Gauge;
  /** 1 while no paid work is taken. */
  readonly atCap: Gauge;
  /** Found by expected blocks of the last 7 days; NaN while it is not known. */
  readonly luck: Gauge;
  /** Miners who found so few blocks as hardly happens. */
  readonly suspects: Gauge;
  readonly invariantFaults: Gauge;
}
