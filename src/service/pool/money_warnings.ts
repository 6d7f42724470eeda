import type { Config } from "../config/mod.ts";
import { NOBODY_IS_PAID } from "../../money/payouts/mod.ts";
import { poolNetwork } from "./options.ts";
import { feeWarning, type OrphanRate, orphanRate } from "./fee_warning.ts";

/** Something about money that an operator has to know. */
export interface MoneyWarning {
  /** As in the log. */
  readonly event:
    | "fee_below_losses"
    | "liability_unlimited"
    | "window_can_be_flooded"
    | "nobody_is_paid";
  /** One sentence or two. */
  readonly text: string;
}

/**
 * What an operator has to know about the money of his pool: said at start, by `check`, and in the
 * status.
 *
 * @param rate how many blocks are lost; assumed when not given.
 * @returns none when all is well.
 */
export function moneyWarnings(
  config: Pick<Config, "payout" | "mining">,
  rate: OrphanRate = orphanRate({ decided: 0, orphaned: 0 }),
): MoneyWarning[] {
  const { scheme, poolFeePpm, wallet, liabilityCapZat, pplnsWindowUnit } = config.payout;
  const warnings: MoneyWarning[] = [];
  const fee = feeWarning({ scheme, feePpm: poolFeePpm }, rate);
  if (fee !== undefined) warnings.push({ event: "fee_below_losses", text: fee });
  if (scheme === "pps" && liabilityCapZat === undefined) {
    warnings.push({
      event: "liability_unlimited",
      text: "Under pps the pool owes its miners whether it finds blocks or not, and there is no " +
        "limit to it: payout.liability_cap is not set.",
    });
  }
  if (scheme === "pplns" && pplnsWindowUnit === "shares" && poolNetwork(config) === "main") {
    warnings.push({
      event: "window_can_be_flooded",
      text:
        "Under pplns a burst of very easy shares pushes everybody else's out of a window that " +
        "is counted in shares, and earns more than its work: set payout.pplns_window_unit to " +
        '"difficulty" and payout.pplns_window to 8.',
    });
  }
  if (wallet === "none") {
    warnings.push({ event: "nobody_is_paid", text: NOBODY_IS_PAID });
  }
  return warnings;
}
