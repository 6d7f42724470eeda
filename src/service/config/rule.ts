import type { Config } from "./config_type.ts";
import type { ConfigFault, ConfigWarning } from "./faults.ts";

/** A rule over several keys. It is asked only when each of them has a valid value. */
export interface Rule {
  readonly keys: readonly string[];
  /** The fault, at the first of the keys; undefined when the rule holds. */
  check(config: Config): Omit<ConfigFault, "path"> | undefined;
}

/**
 * What may stand and is most likely not meant. Asked when the configuration has no faults, with the
 * keys that were given and not left to their defaults.
 */
export type Advice = (
  config: Config,
  explicit: ReadonlySet<string>,
) => ConfigWarning | undefined;
