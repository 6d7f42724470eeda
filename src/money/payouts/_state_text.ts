/**
 * A batch's state as the text that is stored, and back.
 *
 * @module
 */
import { assert } from "../../base/mod.ts";
import type { PayoutBatchRow } from "./tables/payout_rows.ts";
import { BATCH_STATE_KINDS, type BatchState } from "./batch_state.ts";
import { transactionsOf } from "./batch.ts";
import { PayoutError } from "./errors.ts";

/** JSON with amounts as texts, because a JSON number would pass through a float. */
export function encodeState(state: BatchState): string {
  return JSON.stringify(
    state,
    (_, value: unknown) => typeof value === "bigint" ? value.toString() : value,
  );
}

/**
 * The state of a stored batch.
 *
 * @throws {PayoutError} `damaged` when its text is not one that {@link encodeState} has made.
 */
export function decodeState(
  { id, state, stateText }: Pick<PayoutBatchRow, "id" | "state" | "stateText">,
): BatchState {
  try {
    const decoded = JSON.parse(
      stateText,
      (key, value: unknown) => key === "feeZat" ? BigInt(value as string) : value,
    ) as BatchState;
    assert(BATCH_STATE_KINDS.includes(decoded.kind), "a stored batch is in no state that is known");
    assert(decoded.kind === state, "a stored batch is in two states");
    return decoded;
  } catch (cause) {
    throw new PayoutError(
      "damaged",
      `Cannot read batch ${id}: its state is damaged in the database; restore a backup, or ask ` +
        "who changed it there",
      { cause },
    );
  }
}

/** Transactions that may be a stored batch's payment, in display order; none of one that is damaged. */
export function knownTxids(row: Pick<PayoutBatchRow, "id" | "state" | "stateText">): string[] {
  try {
    return transactionsOf(decodeState(row)).map(({ txid }) => txid);
  } catch (thrown) {
    if (thrown instanceof PayoutError) return [];
    throw thrown;
  }
}
