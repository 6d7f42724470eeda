import ledger from "./0002_ledger.sql" with { type: "text" };
import { appendOnly, type Migration, portable } from "./migration.ts";

const guards = ["epoch", "journal_entry", "journal_line"].map(appendOnly);

/** Money. What is written in the journal stays as it was written: the database itself refuses else. */
export const LEDGER: Migration = {
  number: 2,
  name: "ledger",
  ...portable(ledger, {
    sqlite: guards.map(({ sqlite }) => sqlite).join("\n"),
    postgres: `
      ${guards.map(({ postgres }) => postgres).join("\n")}
      -- Names are compared byte by byte, as SQLite does, whatever the server's language.
      ALTER TABLE journal_account
        ALTER COLUMN name TYPE TEXT COLLATE "C", ALTER COLUMN owner TYPE TEXT COLLATE "C";
      ALTER TABLE journal_entry ALTER COLUMN key TYPE TEXT COLLATE "C";
      -- Balances change all the time: with room in its page a row changes without its indexes.
      ALTER TABLE journal_account SET (fillfactor = 45);`,
  }),
};
