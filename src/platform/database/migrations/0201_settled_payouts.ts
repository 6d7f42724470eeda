import { type Migration, portable } from "./migration.ts";

/** Payments that are final are looked at for another hour: found without reading all of them. */
export const settledPayouts: Migration = {
  number: 201,
  name: "settled_payouts",
  ...portable(
    "CREATE INDEX payout_batch_settled ON payout_batch (changed_at_ms) WHERE state = 'settled';",
  ),
};
