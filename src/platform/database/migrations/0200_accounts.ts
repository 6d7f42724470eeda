import { appendOnly, type Migration, portable } from "./migration.ts";

const changes = appendOnly("account_address");

/** Accounts and where they are paid; every change is a row that stays. */
export const accounts: Migration = {
  number: 200,
  name: "accounts",
  ...portable(
    `
CREATE TABLE account (
  id ROWID_KEY,
  name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 3 AND 32),
  created_ms INT64 NOT NULL CHECK (created_ms >= 0)
) STRICT;

-- Where an account asked to be paid, when that was, and from when on it counts. A row that is
-- followed by another one before its time has come never counts.
CREATE TABLE account_address (
  id ROWID_KEY,
  account INT64 NOT NULL REFERENCES account (id),
  address TEXT NOT NULL CHECK (length(address) BETWEEN 1 AND 1000),
  requested_ms INT64 NOT NULL CHECK (requested_ms >= 0),
  effective_ms INT64 NOT NULL CHECK (effective_ms >= requested_ms),
  actor TEXT NOT NULL CHECK (length(actor) BETWEEN 1 AND 100),
  reason TEXT NOT NULL CHECK (length(reason) <= 500)
) STRICT;

CREATE INDEX account_address_of_account ON account_address (account, id);
`,
    changes,
  ),
};
