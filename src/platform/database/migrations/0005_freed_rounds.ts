import { type Migration, portable } from "./migration.ts";

/** Which block an orphaned round was taken from: when it returns, the round is its own again. */
export const freedRounds: Migration = {
  number: 5,
  name: "freed_rounds",
  ...portable("ALTER TABLE prop_round ADD COLUMN freed_by BYTES CHECK (length(freed_by) = 32);"),
};
