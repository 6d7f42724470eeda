import { type Migration, portable } from "./migration.ts";

/** Peers that are turned away for their faults. */
export const bans: Migration = {
  number: 400,
  name: "bans",
  ...portable(`
CREATE TABLE ban (
  -- An IPv4 address, or the first 64 bits of an IPv6 one.
  network TEXT NOT NULL CHECK (length(network) BETWEEN 1 AND 100),
  -- Payout address or account; empty where everybody there is meant.
  identity TEXT NOT NULL CHECK (length(identity) <= 1000),
  -- The database's own clock, in seconds since 1970.
  banned_s INT64 NOT NULL CHECK (banned_s >= 0),
  duration_s INT64 NOT NULL CHECK (duration_s > 0),
  reason TEXT NOT NULL CHECK (length(reason) <= 500),
  actor TEXT NOT NULL CHECK (length(actor) <= 100),
  -- 1 where it was ended before its time; the row stays, so that every process learns of it.
  lifted INT64 NOT NULL CHECK (lifted IN (0, 1)),
  -- Grows with every change, so that a process reads what is new.
  change_no INT64 NOT NULL,
  PRIMARY KEY (network, identity)
) STRICT_KEYED;
CREATE UNIQUE INDEX ban_change ON ban (change_no);
`),
};
