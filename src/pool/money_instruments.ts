import type { MetricsRegistry } from "../observability/mod.ts";
import type { TreasuryModules } from "./treasury.ts";

/** Instruments of what happens to found blocks and to money. Amounts are in zatoshis. */
export function moneyInstruments(registry: MetricsRegistry): TreasuryModules["metrics"] {
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
        "Rounds of looking after found blocks that failed.",
      ),
    },
  };
}
