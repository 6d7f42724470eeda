import { HEADER_LENGTH } from "../../base/mod.ts";

/**
 * Where things lie in the memory that a worker shares with the pool, in bytes.
 *
 * First three words (int32): batches asked for and batches answered, counters that wrap around, and
 * whether the worker is to end. Then the slots; the batch numbered `n` lies in slot `n` modulo their number.
 */
export interface SharedLayout {
  /** Batches that can be under way; a power of two. */
  readonly slots: number;
  /** Most shares in a batch. */
  readonly batchLimit: number;
  readonly shareLength: number;
  /** Where the first slot begins. */
  readonly slotsAt: number;
  readonly slotLength: number;
  /** Within a slot, after the number of shares (int32): begin and end of the work (float64). */
  readonly timesAt: number;
  /** Within a slot: one byte per share, 1 for valid. */
  readonly verdictsAt: number;
  /** Within a slot: the shares, one after another. */
  readonly sharesAt: number;
}

/** Number of the counter of batches asked for. */
export const ASKED = 0;
/** Number of the counter of batches answered. */
export const ANSWERED = 1;

/** Number of the word that is not zero when the worker is to end. */
export const ENDED = 2;

/** The layout for some slots of some shares. */
export function sharedLayout(slots: number, batchLimit: number): SharedLayout {
  const aligned = (length: number): number => Math.ceil(length / 8) * 8;
  const timesAt = 8;
  const verdictsAt = timesAt + 16;
  const sharesAt = aligned(verdictsAt + batchLimit);
  const slotLength = aligned(sharesAt + batchLimit * HEADER_LENGTH);
  // A cache line for the counters, so that the threads do not disturb each other's slots.
  const slotsAt = 64;
  return {
    slots,
    batchLimit,
    shareLength: HEADER_LENGTH,
    slotsAt,
    slotLength,
    timesAt,
    verdictsAt,
    sharesAt,
  };
}

/** Views of one slot. */
export interface SharedSlot {
  readonly count: Int32Array;
  readonly times: Float64Array;
  readonly verdicts: Uint8Array;
  readonly shares: Uint8Array;
}

/** Views of all slots. The worker makes its own in the same way: it has nothing but its own text. */
export function sharedSlots(shared: SharedArrayBuffer, layout: SharedLayout): SharedSlot[] {
  return Array.from({ length: layout.slots }, (_, i) => {
    const at = layout.slotsAt + i * layout.slotLength;
    const sharesLength = layout.batchLimit * layout.shareLength;
    return {
      count: new Int32Array(shared, at, 1),
      times: new Float64Array(shared, at + layout.timesAt, 2),
      verdicts: new Uint8Array(shared, at + layout.verdictsAt, layout.batchLimit),
      shares: new Uint8Array(shared, at + layout.sharesAt, sharesLength),
    };
  });
}

/** Bytes of the whole. */
export function sharedLength(layout: SharedLayout): number {
  return layout.slotsAt + layout.slots * layout.slotLength;
}
