import { type Migration, portable } from "./migration.ts";

/** What the window of `pplns` is counted in; all epochs before counted shares. */
export const windowUnits: Migration = {
  number: 6,
  name: "window_units",
  ...portable(
    `ALTER TABLE epoch ADD COLUMN pplns_window_unit TEXT NOT NULL DEFAULT 'shares'
     CHECK (pplns_window_unit IN ('shares', 'difficulty'));`,
  ),
};
