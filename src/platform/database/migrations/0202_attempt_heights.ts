import { type Migration, portable } from "./migration.ts";

/** What was tried since a height is asked for before each batch. */
export const attemptHeights: Migration = {
  number: 202,
  name: "attempt_heights",
  ...portable("CREATE INDEX payout_attempt_by_height ON payout_attempt (start_height);"),
};
