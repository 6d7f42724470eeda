import { type Migration, portable } from "./migration.ts";

/** Who serves miners on this ledger, and by which terms. */
export const poolProcesses: Migration = {
  number: 302,
  name: "pool_processes",
  ...portable(`
CREATE TABLE pool_process (
  id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
  -- As a person finds it: its address for miners.
  place TEXT NOT NULL CHECK (length(place) <= 255),
  -- Names and values of settings that have to be the same everywhere, as JSON.
  terms TEXT NOT NULL CHECK (length(terms) <= 10000),
  -- The database's own clock, in seconds since 1970: those of several machines differ.
  seen_s INT64 NOT NULL CHECK (seen_s >= 0)
) STRICT;
`),
};
