import type { LogFields, Logger } from "../../base/mod.ts";
import type { LedgerStore } from "../books/mod.ts";
import type { Epoch } from "../ledger/mod.ts";

/** What miners earn by, as the operator has it now. */
export type Terms = Pick<Epoch, "scheme" | "feePpm" | "pplnsWindow" | "pplnsWindowUnit">;

/**
 * Lets terms hold from now on. A change is a warning: it may be a typing error in the configuration;
 * one of a window that the scheme does not use is none.
 */
export async function beginTerms(
  terms: Terms,
  modules: {
    readonly ledger: Pick<LedgerStore, "lastEpoch" | "beginEpoch">;
    readonly logger: Logger;
    /** Unix milliseconds. */
    readonly nowMs: number;
  },
): Promise<void> {
  const { ledger, logger, nowMs } = modules;
  const former = await ledger.lastEpoch();
  const epoch = await ledger.beginEpoch(terms, nowMs);
  if (epoch.number !== former?.number) sayTerms(logger, epoch, former);
}

/** The terms as fields of a log line; the window only where it is used. */
export function termsFields({ scheme, feePpm, pplnsWindow, pplnsWindowUnit }: Terms): LogFields {
  return {
    scheme,
    pool_fee_percent: feePpm / 10_000,
    ...(scheme === "pplns"
      ? { pplns_window: pplnsWindow, pplns_window_unit: pplnsWindowUnit }
      : {}),
  };
}

/** An epoch begins. */
export function sayTerms(logger: Logger, terms: Terms, former: Terms | undefined): void {
  if (former === undefined || termsText(former) === termsText(terms)) {
    const message = `shares are credited from now on by ${termsText(terms)}`;
    return logger.log("info", "terms_begin", message, termsFields(terms));
  }
  const message = `shares are credited from now on by ${termsText(terms)}; until now it was ` +
    `${termsText(former)}`;
  logger.log("warn", "terms_changed", message, termsFields(terms));
}

function termsText({ scheme, feePpm, pplnsWindow, pplnsWindowUnit }: Terms): string {
  const window = pplnsWindowUnit === "shares"
    ? `${pplnsWindow} shares`
    : `the work of ${pplnsWindow} blocks`;
  return `${scheme}${scheme === "pplns" ? ` over ${window}` : ""} with a fee of ${
    feePpm / 10_000
  } %`;
}
