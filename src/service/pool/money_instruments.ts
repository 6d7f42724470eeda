import type { Gauge } from "../../base/mod.ts";
import { BLOCK_STATES } from "../../chain/blocks/mod.ts";
import type { MetricsRegistry } from "../../platform/observability/mod.ts";
import { BATCH_STATE_KINDS, type PayoutMetrics } from "../../money/payouts/mod.ts";
import { MONEY_ACCOUNTS, type MoneyMetrics } from "../../money/treasury/mod.ts";

/** Instruments of what happens to found blocks and to money. Amounts are in zatoshis. */
export function moneyInstruments(registry: MetricsRegistry): MoneyMetrics {
  return {
    follower: {
      matured: registry.counter("pool_blocks_matured_total", "Found blocks whose reward is due."),
      orphaned: registry.counter(
        "pool_blocks_orphaned_total",
        "Found blocks that lost their place in the best chain.",
      ),
      returned: registry.counter(
        "pool_blocks_returned_total",
        "Orphaned blocks that came back into the best chain.",
      ),
      failures: registry.counter(
        "pool_block_follow_failures_total",
        "Rounds of following found blocks that failed.",
      ),
    },
    payouts: payoutInstruments(registry),
    blocks: registry.gaugesBy("pool_blocks", "Found blocks by state.", "state", BLOCK_STATES),
    accounts: registry.gaugesBy(
      "pool_ledger_zatoshis",
      "What stands in the ledger: miners' money by its part, and the pool's own accounts.",
      "account",
      MONEY_ACCOUNTS,
    ),
    liabilityZat: registry.gauge(
      "pool_liability_zatoshis",
      "What is owed to miners, shares of the open hour included.",
    ),
    atCap: registry.gauge(
      "pool_liability_cap_reached",
      "1 while no paid work is taken because of payout.liability_cap or payout.reserve_floor.",
    ),
    luck: luckGauge(registry),
    suspects: registry.gauge(
      "pool_miners_suspected",
      "Miners who found so few blocks as happens in less than 1 of 10,000 cases.",
    ),
    invariantFaults: registry.gauge(
      "pool_ledger_faults",
      "Invariants of the ledger that the last audit found broken; must be 0.",
    ),
  };
}

/** At 0 a pool that has not worked yet would look like one that finds nothing. */
function luckGauge(registry: MetricsRegistry): Gauge {
  const luck = registry.gauge(
    "pool_luck_ratio",
    "Found by expected blocks of the last 7 days; NaN before one block was to be expected.",
  );
  luck.set(NaN);
  return luck;
}

function payoutInstruments(registry: MetricsRegistry): PayoutMetrics {
  return {
    batches: registry.gaugesBy(
      "pool_payout_batches",
      "Batches of payments that are not final, by state.",
      "state",
      BATCH_STATE_KINDS,
    ),
    reservedZat: registry.gauge(
      "pool_payout_reserved_zatoshis",
      "Set aside in payments that are not final.",
    ),
    settledZat: registry.counter("pool_payout_settled_zatoshis_total", "Paid and final."),
    releasedZat: registry.counter(
      "pool_payout_released_zatoshis_total",
      "Set aside for payments that never happened, and due again.",
    ),
    networkFeeZat: registry.counter(
      "pool_payout_network_fee_zatoshis_total",
      "What the chain took for payments.",
    ),
    walletZat: registry.gaugesBy(
      "pool_wallet_spendable_zatoshis",
      "What the wallet can spend, by the value pool.",
      "pool",
      ["transparent", "coinbase", "sapling", "orchard", "ironwood"] as const,
    ),
    walletLagBlocks: registry.gauge(
      "pool_wallet_lag_blocks",
      "Blocks that the wallet is behind the node.",
    ),
    walletUnhealthy: registry.gauge(
      "pool_wallet_unhealthy",
      "1 while the wallet cannot send payments.",
    ),
    oldestBatchSeconds: registry.gauge(
      "pool_payout_oldest_batch_age_seconds",
      "Age of the oldest batch that is not final; 0 without one.",
    ),
    sinceSettledSeconds: registry.gauge(
      "pool_payout_last_success_age_seconds",
      "Since the last payment was final; 0 before the first.",
    ),
    unknownOutcomes: registry.counter(
      "pool_payout_unknown_outcomes_total",
      "Batches whose outcome is unknown: they may have been sent.",
    ),
    undone: registry.gauge(
      "pool_payouts_undone",
      "Batches that were final and whose transaction is not on the best chain now; must stay 0.",
    ),
    invariantViolations: registry.counter(
      "pool_invariant_violations_total",
      "Times that the sums of money did not hold; must stay 0.",
    ),
    heldPayees: registry.gauge(
      "pool_payees_held",
      "Miners whose payments an operator holds back.",
    ),
    shieldingBacklogZat: registry.gauge(
      "pool_shielding_backlog_zatoshis",
      "Mature coinbase outputs that are not shielded yet.",
    ),
    shieldingBacklogOutputs: registry.gauge(
      "pool_shielding_backlog_outputs",
      "How many these are.",
    ),
    paused: registry.gauge("pool_payouts_paused", "1 while payments are paused."),
    payer: registry.gauge("pool_payer", "1 in the process that pays."),
  };
}
