/** Every section of the configuration, in the order of the reference table. */
import { database } from "./database.ts";
import { deduplication } from "./deduplication.ts";
import { jobDeclaration } from "./job_declaration.ts";
import { logging } from "./logging.ts";
import { metrics } from "./metrics.ts";
import { mining } from "./mining.ts";
import { payout } from "./payout.ts";
import { security } from "./security.ts";
import { server } from "./server.ts";
import { zebra } from "./zebra.ts";

/** The whole declaration. */
export const SECTIONS = {
  server,
  zebra,
  mining,
  payout,
  security,
  jd: jobDeclaration,
  logging,
  dedup: deduplication,
  database,
  metrics,
} as const;
