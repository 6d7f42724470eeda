/**
 * A batch's state as the text that is stored, and back.
 *
 * @module
 */
import { assert } from "../base/mod.ts";
import { BATCH_STATE_KINDS, type BatchState } from "./batch_state.ts";

/** JSON with amounts as texts, because a JSON number would pass through a float. */
export function encodeState(state: BatchState): string {
  return JSON.stringify(
    state,
    (_, value: unknown) => typeof value === "bigint" ? value.toString() : value,
  );
}

/** @throws {AssertionError} when the text is not one that {@link encodeState} has made. */
export function decodeState(text: string): BatchState {
  const state = JSON.parse(
    text,
    (key, value: unknown) => key === "feeZat" ? BigInt(value as string) : value,
  ) as BatchState;
  assert(BATCH_STATE_KINDS.includes(state.kind), "a stored batch is in no state that is known");
  return state;
}
