import type { PayoutBatchRow, PayoutRow } from "./tables/payout_rows.ts";
import type { BatchState } from "./batch_state.ts";
import {
  type PaymentRecipient,
  payoutMarker,
  type SentTransaction,
  takesMemo,
} from "../wallet/mod.ts";

/** A batch with its payouts. */
export interface Batch {
  readonly row: PayoutBatchRow;
  readonly state: BatchState;
  readonly payouts: readonly PayoutRow[];
}

/** The recipients as a wallet is given them: each address once, its amounts added as integers. */
export function recipientsOf(batch: Batch): PaymentRecipient[] {
  const byAddress = new Map<string, PaymentRecipient>();
  const memo = takesMemo(batch.row.kind as Parameters<typeof takesMemo>[0]);
  for (const { id, address, amountZat, deductedZat } of batch.payouts) {
    const former = byAddress.get(address);
    const sum = (former?.amountZat ?? 0n) + amountZat - deductedZat;
    byAddress.set(
      address,
      former === undefined
        ? { address, amountZat: sum, ...(memo ? { memo: payoutMarker(id) } : {}) }
        : { ...former, amountZat: sum },
    );
  }
  return [...byAddress.values()];
}

/** The transactions that may be the payment, as far as a state knows them. */
export function transactionsOf(state: BatchState): readonly SentTransaction[] {
  switch (state.kind) {
    case "built":
    case "parked":
      return [state.transaction];
    case "broadcast":
      return state.dispute === undefined ? state.transactions : [];
    case "unknown":
    case "mined":
    case "settled":
      return state.transactions;
    default:
      return [];
  }
}
