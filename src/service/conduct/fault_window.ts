/** Parts of a window: a fault counts for its whole length, less at most one of them. */
const SLOTS = 16;

/** Counts faults within a window that moves with time; time is handed in as monotonic milliseconds. */
export class FaultWindow {
  readonly #slotMs: number;
  /** Faults by slot, oldest first; at most {@link SLOTS}. */
  readonly #counts = new Map<number, number>();

  constructor(windowMs: number) {
    this.#slotMs = windowMs / SLOTS;
  }

  /** Counts one more and says how many there are within the window. */
  add(nowMs: number): number {
    const slot = Math.floor(nowMs / this.#slotMs);
    for (const known of this.#counts.keys()) {
      if (known > slot - SLOTS) break;
      this.#counts.delete(known);
    }
    this.#counts.set(slot, (this.#counts.get(slot) ?? 0) + 1);
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }
}
