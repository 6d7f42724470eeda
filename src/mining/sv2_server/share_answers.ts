import { DIFFICULTY_1_TARGET, workOfTarget } from "../../chain/zcash/mod.ts";
import type { ShareVerdict } from "../shares/mod.ts";

/** The content of one SubmitShares.Success. */
export interface Acknowledgement {
  /** Sequence number of the newest accepted share. */
  readonly lastSequenceNumber: number;
  /** Shares accepted since the last acknowledgement. */
  readonly count: number;
  /** Sum of their difficulties, a whole number; what is left over is part of the next one. */
  readonly difficulty: bigint;
}

/** SV2 sums shares by difficulty; one of difficulty 1 stands for 8,192 expected solutions. */
const WORK_OF_DIFFICULTY_1 = workOfTarget(DIFFICULTY_1_TARGET);

interface Slot {
  readonly sequenceNumber: number;
  verdict: ShareVerdict | undefined;
}

/**
 * The answers of one channel, kept in the order of submission.
 *
 * SubmitShares.Success names only the newest accepted share and thereby speaks for all before it
 * (SV2 spec, Mining Protocol, SubmitShares.Success), but several workers verify at once and finish
 * in any order. So an accepted share is acknowledged when all earlier ones of its channel are
 * settled; errors are sent at once by the caller.
 */
export class ShareAnswers {
  #slots: Slot[] = [];
  #lastSequenceNumber = 0;
  #count = 0;
  #work = 0n;

  /** Shares that wait for their verdict or for that of an earlier one. */
  get waiting(): number {
    return this.#slots.length;
  }

  /** Takes a place in the order; the returned function settles it, once. */
  submitted(sequenceNumber: number): (verdict: ShareVerdict) => void {
    const slot: Slot = { sequenceNumber, verdict: undefined };
    this.#slots.push(slot);
    return (verdict) => {
      slot.verdict = verdict;
      this.#advance();
    };
  }

  /** What is to be acknowledged now, or undefined when nothing is; starts a new batch. */
  take(): Acknowledgement | undefined {
    if (this.#count === 0) return undefined;
    const acknowledgement: Acknowledgement = {
      lastSequenceNumber: this.#lastSequenceNumber,
      count: this.#count,
      difficulty: this.#work / WORK_OF_DIFFICULTY_1,
    };
    this.#count = 0;
    this.#work %= WORK_OF_DIFFICULTY_1;
    return acknowledgement;
  }

  #advance(): void {
    let settled = 0;
    for (const { sequenceNumber, verdict } of this.#slots) {
      if (verdict === undefined) break;
      settled++;
      if (verdict.kind === "rejected") continue;
      this.#lastSequenceNumber = sequenceNumber;
      this.#count++;
      this.#work += verdict.job.work;
    }
    if (settled > 0) this.#slots = this.#slots.slice(settled);
  }
}
