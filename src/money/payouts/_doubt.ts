import type { Doubt } from "./batch_state.ts";

/** A doubt as log, status and trail say it. */
export function describeDoubt(doubt: Doubt): string {
  return doubt.kind === "unseen"
    ? `our node has known nothing of transaction ${doubt.txid} since height ${doubt.fromHeight}`
    : `transaction ${doubt.txid} expired unmined at height ${doubt.expiryHeight}`;
}
