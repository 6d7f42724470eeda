import type { PayoutStore } from "./payout_store.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";

/** Says which of the transactions that a wallet names for a batch belongs to another one. */
export type FindTaken = (
  txids: readonly string[],
  batch: string,
) => Promise<string | undefined>;

/** Looks it up in the database, with a connection of its own. */
export function takenIn(
  { database, store }: { readonly database: SqlDatabase; readonly store: PayoutStore },
): FindTaken {
  return async (txids, batch) =>
    await database.read(async (tx) => {
      for (const txid of txids) {
        const owners = await store.attempts.ownersOf(tx, txid);
        if (owners.some((owner) => owner !== batch)) return txid;
      }
      return undefined;
    });
}
