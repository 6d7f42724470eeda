import type { Scheme, WindowUnit } from "../ledger/mod.ts";
import { type OrphanRate, orphanRate } from "./orphan_rate.ts";

/** What an operator decided, as far as there may be something to warn of. */
export interface MoneyTerms {
  readonly scheme: Scheme;
  readonly feePpm: number;
  readonly pplnsWindowUnit: WindowUnit;
  readonly hasLiabilityCap: boolean;
  /** True on Mainnet, where coins are worth something. */
  readonly isMainnet: boolean;
  /** False where balances accrue and nothing pays them. */
  readonly pays: boolean;
  /** Blocks pay miners in their own coinbases. */
  readonly paysByCoinbase: boolean;
}

/** Something about money that an operator has to know; the name of the event as in the log. */
export type MoneyWarning =
  /** Under pay per share the pool bears lost blocks: on average it loses money. */
  | {
    readonly event: "fee_below_losses";
    readonly feePpm: number;
    readonly rate: OrphanRate;
  }
  /** Under pay per share the pool owes whether it finds blocks or not, without a limit. */
  | { readonly event: "liability_unlimited" }
  /** A burst of very easy shares pushes everybody else's out of a window counted in shares. */
  | { readonly event: "window_can_be_flooded" }
  | { readonly event: "nobody_is_paid" }
  /** What others earn waits for another way to pay. */
  | { readonly event: "consenting_are_paid" }
  /** Under pay per share what is owed goes on growing while no block comes to pay it. */
  | { readonly event: "coinbases_pay_late" };

/**
 * What an operator has to know about the money of the pool: said at start, by `check`, and in the
 * status.
 *
 * @param rate how many blocks are lost; assumed when not given.
 * @returns none when all is well.
 */
export function moneyWarnings(
  terms: MoneyTerms,
  rate: OrphanRate = orphanRate({ decided: 0, orphaned: 0 }),
): MoneyWarning[] {
  const { scheme, feePpm, pplnsWindowUnit, hasLiabilityCap, isMainnet, pays } = terms;
  const { paysByCoinbase } = terms;
  const warnings: MoneyWarning[] = [];
  if (scheme === "pps" && feePpm < rate.ppm) {
    warnings.push({ event: "fee_below_losses", feePpm, rate });
  }
  if (scheme === "pps" && !hasLiabilityCap) warnings.push({ event: "liability_unlimited" });
  if (scheme === "pplns" && pplnsWindowUnit === "shares" && isMainnet) {
    warnings.push({ event: "window_can_be_flooded" });
  }
  if (!pays) warnings.push({ event: "nobody_is_paid" });
  if (paysByCoinbase) warnings.push({ event: "consenting_are_paid" });
  if (paysByCoinbase && scheme === "pps") warnings.push({ event: "coinbases_pay_late" });
  return warnings;
}
