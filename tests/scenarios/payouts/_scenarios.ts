import { ADDRESSES } from "./_addresses.ts";
import { CHAIN } from "./_chain.ts";
import { LEDGER } from "./_ledger.ts";
import type { Scenario } from "./_scenario.ts";
import { SENDING } from "./_sending.ts";

/** All scenarios in the order of their numbers. */
export const SCENARIOS: readonly Scenario[] = [...SENDING, ...CHAIN, ...LEDGER, ...ADDRESSES]
  .toSorted((a, b) => a.number - b.number);
