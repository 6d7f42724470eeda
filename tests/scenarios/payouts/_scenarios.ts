import { CHAIN } from "./_chain.ts";
import type { Scenario } from "./_scenario.ts";
import { SENDING } from "./_sending.ts";

/** All scenarios in the order of their numbers. */
export const SCENARIOS: readonly Scenario[] = [...SENDING, ...CHAIN]
  .toSorted((a, b) => a.number - b.number);
