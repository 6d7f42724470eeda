/** Every section of the configuration, in the order of the reference table. */
import { database } from "./sections/database.ts";
import { deduplication } from "./sections/deduplication.ts";
import { jobDeclaration } from "./sections/job_declaration.ts";
import { logging } from "./sections/logging.ts";
import { metrics } from "./sections/metrics.ts";
import { mining } from "./sections/mining.ts";
import { payout } from "./sections/payout.ts";
import { security } from "./sections/security.ts";
import { server } from "./sections/server.ts";
import { settlement } from "./sections/settlement.ts";
import { stratumV1 } from "./sections/stratum_v1.ts";
import { wallet } from "./sections/wallet.ts";
import { zebra } from "./sections/zebra.ts";

/** The whole declaration. */
export const SECTIONS = {
  server,
  stratum_v1: stratumV1,
  zebra,
  mining,
  payout,
  wallet,
  settlement,
  security,
  jd: jobDeclaration,
  logging,
  dedup: deduplication,
  database,
  metrics,
} as const;
