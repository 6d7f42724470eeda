import { describeDoubt } from "./_doubt.ts";
import type { Batch } from "./batch.ts";

/** A batch whose transactions are not its payment, or may never be. */
export interface Dispute {
  readonly batch: string;
  readonly reason: string;
}

/** Remembers the disputes among the batches that are driven, piece by piece, for status pages. */
export class DisputeList {
  #round: Dispute[] = [];
  #shown: readonly Dispute[] = [];

  /** As of the last round. */
  get disputes(): readonly Dispute[] {
    return this.#shown;
  }

  /** Every batch that is driven, after its turn. */
  note({ row, state }: Batch): void {
    if (state.kind !== "broadcast") return;
    const reason = state.dispute ?? (state.doubt && describeDoubt(state.doubt));
    if (reason !== undefined) this.#round.push({ batch: row.id, reason });
  }

  /** All batches were noted. */
  endRound(): void {
    this.#shown = this.#round;
    this.#round = [];
  }
}
