import type { FuzzTarget } from "./fuzz_target.ts";
import { ANSWER_TARGETS } from "./targets/answers.ts";
import { NOISE_TARGETS } from "./targets/noise.ts";
import { SETTINGS_TARGETS } from "./targets/settings.ts";
import { STRATUM_TARGETS } from "./targets/stratum.ts";
import { WIRE_TARGETS } from "./targets/wire.ts";
import { ZCASH_TARGETS } from "./targets/zcash.ts";

/** Every reader of what strangers, nodes, wallets, databases and operators write. */
export const TARGETS: readonly FuzzTarget[] = [
  ...WIRE_TARGETS,
  ...NOISE_TARGETS,
  ...STRATUM_TARGETS,
  ...ZCASH_TARGETS,
  ...ANSWER_TARGETS,
  ...SETTINGS_TARGETS,
];
