/** A share that the pool has not answered. */
export interface PendingShare {
  readonly sequenceNumber: number;
  readonly jobId: number | string;
  /** Header hash, internal order. */
  readonly hash: Uint8Array;
  /** Monotonic milliseconds. */
  readonly sentAt: number;
}

/** More unanswered shares than this and the pool is not answering at all. */
const PENDING_MAX = 10_000;

/** The shares of one channel that wait for their answers, found again by sequence number. */
export class PendingShares {
  readonly #shares = new Map<number, PendingShare>();
  #next = 0;

  /** Shares without an answer. */
  get size(): number {
    return this.#shares.size;
  }

  /** Whether too many answers are outstanding to send more. */
  get full(): boolean {
    return this.#shares.size >= PENDING_MAX;
  }

  /** Gives a share its sequence number. */
  add(share: Omit<PendingShare, "sequenceNumber">): PendingShare {
    const pending = { ...share, sequenceNumber: this.#next };
    this.#next = (this.#next + 1) >>> 0;
    this.#shares.set(pending.sequenceNumber, pending);
    return pending;
  }

  /**
   * SubmitShares.Success speaks for every share up to this one that was not refused.
   *
   * @returns the shares that are accepted by it, in the order of their submission.
   */
  acceptedUpTo(lastSequenceNumber: number): PendingShare[] {
    const accepted: PendingShare[] = [];
    if (!this.#shares.has(lastSequenceNumber)) return accepted;
    for (const share of this.#shares.values()) {
      this.#shares.delete(share.sequenceNumber);
      accepted.push(share);
      if (share.sequenceNumber === lastSequenceNumber) break;
    }
    return accepted;
  }

  /** The share that SubmitShares.Error refuses, or undefined when nobody waits for it. */
  rejected(sequenceNumber: number): PendingShare | undefined {
    const share = this.#shares.get(sequenceNumber);
    this.#shares.delete(sequenceNumber);
    return share;
  }

  /** All that is left when the connection ends. */
  takeAll(): PendingShare[] {
    const left = [...this.#shares.values()];
    this.#shares.clear();
    return left;
  }
}
