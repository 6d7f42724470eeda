import type { RejectReason } from "../../base/mod.ts";
import { BATCH_LENGTH_MAX } from "./checks.ts";
import type { RejectCount, WriteId } from "./store.ts";

const DAY_MS = 86_400_000;

/**
 * Miners with counts of their own in one day. A valid address costs nothing, so that without a
 * bound a stranger could fill the disk with one refused share for each of endless addresses; what
 * goes beyond is counted under the empty miner id.
 */
const MINERS_PER_DAY_MAX = 20_000;

/** Counts refused shares between writes, and names each write so that it counts once. */
export class RejectTally {
  readonly #writer: string;
  readonly #counts = new Map<string, { -readonly [K in keyof RejectCount]: RejectCount[K] }>();
  readonly #minersOfDay = new Set<string>();
  #day = 0;
  #sequence = 0;
  #inFlight: { counts: RejectCount[]; id: WriteId } | undefined;

  /** @param writer fresh for each process start. */
  constructor(writer: string) {
    this.#writer = writer;
  }

  add(minerId: string, reason: RejectReason, atMs: number): void {
    const day = Math.floor(atMs / DAY_MS);
    if (day !== this.#day) {
      this.#day = day;
      this.#minersOfDay.clear();
    }
    const known = this.#minersOfDay.has(minerId);
    const counted = known || this.#minersOfDay.size < MINERS_PER_DAY_MAX ? minerId : "";
    this.#minersOfDay.add(counted);
    const key = `${day} ${reason} ${counted}`;
    const entry = this.#counts.get(key);
    if (entry === undefined) {
      this.#counts.set(key, { day, reason, minerId: counted, count: 1 });
    } else entry.count++;
  }

  /**
   * The next counts to be written, at most one call's worth; the same ones under the same name
   * until {@link written} is called.
   */
  next(): { counts: RejectCount[]; id: WriteId } | undefined {
    if (this.#inFlight === undefined && this.#counts.size > 0) {
      const counts = [...this.#counts.values()].slice(0, BATCH_LENGTH_MAX);
      for (const { day, reason, minerId } of counts) {
        this.#counts.delete(`${day} ${reason} ${minerId}`);
      }
      this.#sequence++;
      this.#inFlight = { counts, id: { writer: this.#writer, sequence: this.#sequence } };
    }
    return this.#inFlight;
  }

  /** What {@link next} handed out is in the store. */
  written(): void {
    this.#inFlight = undefined;
  }
}
