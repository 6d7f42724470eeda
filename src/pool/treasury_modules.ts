import type { Clock, Logger, Random } from "../base/mod.ts";
import type { Records, RecordWriter } from "../storage/mod.ts";
import type { NodeClient } from "../node/mod.ts";
import type { MoneyMetrics } from "./money_instruments.ts";

/** What the treasury works with. */
export interface TreasuryModules {
  readonly records: Records;
  readonly writer: RecordWriter;
  readonly nodes: readonly NodeClient[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: MoneyMetrics;
}
