import type { Clock, Logger, Random } from "../../base/mod.ts";
import type { Records, RecordWriter } from "../../money/records/mod.ts";
import type { NodeClient } from "../../chain/node/mod.ts";
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
