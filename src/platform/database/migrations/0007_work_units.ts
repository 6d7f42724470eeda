import { type Migration, portable } from "./migration.ts";

/**
 * In which unit an hour's rows in `miner_hour` count work: 2^-work_bits of an expected solution. The
 * hours that were closed before counted whole ones.
 */
export const workUnits: Migration = {
  number: 7,
  name: "work_units",
  ...portable(
    `ALTER TABLE share_hour ADD COLUMN work_bits INT64 NOT NULL DEFAULT 0
     CHECK (work_bits BETWEEN 0 AND 64);`,
  ),
};
