/**
 * What this version does not do yet. When a capability lands, its entry here and the `pending` of
 * its keys go; the compiler finds the keys.
 *
 * @module
 */
import type { Capability } from "./declaration.ts";

/** Declared jobs with transactions of the miner's choice. */
export const FULL_TEMPLATES: Capability = {
  name: "full templates in Job Declaration",
  without: "tokens and jobs of that mode are refused, coinbase-only jobs are served",
  switch: "jd.full_template_enabled",
};
