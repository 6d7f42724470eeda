import type { PayoutStore } from "./payout_store.ts";
import type { SqlSession } from "../../platform/database/mod.ts";
import type { BatchStateKind } from "./batch_state.ts";
import { PayoutError } from "./errors.ts";

const PAID: readonly BatchStateKind[] = ["mined", "settled"];

/**
 * A transaction that was mined before a payout was handed over cannot be its payment.
 *
 * @throws {PayoutError} `refused`.
 */
export async function refuseOlder(
  tx: SqlSession,
  store: PayoutStore,
  { txid, batch, createdAtMs }: {
    readonly txid: string;
    readonly batch: string;
    readonly createdAtMs: number;
  },
): Promise<void> {
  for (const owner of await store.attempts.ownersOf(tx, txid)) {
    const row = await store.batches.find(tx, owner);
    if (row === undefined || owner === batch || row.changedAtMs >= createdAtMs) continue;
    if (!PAID.some((kind) => kind === row.state)) continue;
    throw new PayoutError(
      "refused",
      `Transaction ${txid} paid batch ${owner} before batch ${batch} was handed over`,
    );
  }
}
