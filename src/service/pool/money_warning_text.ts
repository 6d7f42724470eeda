import { NOBODY_IS_PAID } from "../../money/payouts/mod.ts";
import type { MoneyWarning, OrphanRate } from "../../money/treasury/mod.ts";

/** A warning as one sentence or two, with the settings by their names. */
export function moneyWarningText(warning: MoneyWarning): string {
  switch (warning.event) {
    case "fee_below_losses":
      return `Under pps the pool bears lost blocks and loses money on average: ${
        sourceOf(warning.rate)
      }, and payout.pool_fee_percent is ${percent(warning.feePpm)}.`;
    case "liability_unlimited":
      return "Under pps the pool owes its miners whether it finds blocks or not, and there is no " +
        "limit to it: payout.liability_cap is not set.";
    case "window_can_be_flooded":
      return "Under pplns a burst of very easy shares pushes everybody else's out of a window that " +
        "is counted in shares, and earns more than its work: set payout.pplns_window_unit to " +
        '"difficulty" and payout.pplns_window to 8.';
    case "nobody_is_paid":
      return NOBODY_IS_PAID;
    case "consenting_are_paid":
      return "Blocks pay those who log in with a transparent address and agree to it, by #coinbase " +
        "behind the user or coinbase=yes in the password (Stratum V1); what others earn waits until " +
        "payout.wallet is another one.";
    case "coinbases_pay_late":
      return "Under pps miners are owed for each share and paid when the pool finds a block: with " +
        'bad luck they are paid late. payout.scheme = "pplns" owes only what a block brings.';
  }
}

function sourceOf({ ppm, ofBlocks, neededBlocks }: OrphanRate): string {
  return ofBlocks === undefined
    ? `${percent(ppm)} of blocks are assumed to be lost until ${neededBlocks} are known`
    : `of the last ${ofBlocks} blocks ${percent(ppm)} were lost`;
}

function percent(ppm: number): string {
  return `${ppm / 10_000} %`;
}
