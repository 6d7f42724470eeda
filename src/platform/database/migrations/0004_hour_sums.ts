import { type Migration, portable } from "./migration.ts";

/**
 * Luck without reading the work of all miners of all hours: what an hour, and what a miner in all of
 * its time, was expected to find. A report finds the miners of one hour, and the blocks of a miner.
 */
export const hourSums: Migration = {
  number: 4,
  name: "hour_sums",
  ...portable(
    `
CREATE INDEX miner_hour_by_hour ON miner_hour (hour);
CREATE INDEX block_of_worker ON block (worker);

-- Expected blocks of all miners of the hour, in 10^-12.
ALTER TABLE share_hour ADD COLUMN pico_blocks INT64 NOT NULL DEFAULT 0;
UPDATE share_hour SET pico_blocks = coalesce(
  (SELECT sum(pico_blocks) FROM miner_hour WHERE miner_hour.hour = share_hour.hour), 0
);

-- Expected blocks of a miner in all closed hours, in 10^-12: for luck, at most 9 million.
CREATE TABLE miner_expectation (
  miner INT64 PRIMARY KEY REFERENCES miner,
  pico_blocks INT64 NOT NULL CHECK (pico_blocks BETWEEN 0 AND 9000000000000000000)
) STRICT;
INSERT INTO miner_expectation (miner, pico_blocks)
SELECT miner, sum(pico_blocks) FROM miner_hour GROUP BY miner;
`,
  ),
};
