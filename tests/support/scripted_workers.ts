import type {
  SpawnVerifier,
  UncheckedShare,
  VerifierHandlers,
} from "../../src/mining/equihash/_verifier_port.ts";

/** A batch that a scripted worker holds. */
export interface HeldBatch {
  /** The first four bytes of each share, as a number. */
  readonly numbers: readonly number[];
  answer(verdicts: readonly number[]): void;
}

/** Workers without threads that answer, or die, when the test says so. */
export class ScriptedWorkers {
  /** Batches without an answer, oldest first; those of dead workers are left out. */
  readonly batches: HeldBatch[] = [];
  /** The numbers of all shares in the order in which workers got them. */
  readonly seen: number[] = [];
  /** Workers that were ever started. */
  started = 0;
  readonly #living = new Map<VerifierHandlers, Set<HeldBatch>>();

  readonly spawn: SpawnVerifier = (handlers) => {
    this.started++;
    const own = new Set<HeldBatch>();
    this.#living.set(handlers, own);
    return {
      send: (shares) => void own.add(this.#hold(shares, handlers)),
      terminate: () => this.#bury(handlers),
    };
  };

  /** Workers that were neither terminated nor killed. */
  get alive(): number {
    return this.#living.size;
  }

  /** Lets everything that is planned for this turn of the event loop happen. */
  async settle(): Promise<void> {
    for (let i = 0; i < 8; i++) await Promise.resolve();
  }

  /** Answers batch after batch until no more come. */
  async answerAll(verdict: (number: number) => boolean): Promise<void> {
    await this.settle();
    for (let batch = this.batches[0]; batch !== undefined; batch = this.batches[0]) {
      batch.answer(batch.numbers.map((number) => verdict(number) ? 1 : 0));
      await this.settle();
    }
  }

  /** Every worker fails now. */
  killAll(reason: string): void {
    for (const handlers of [...this.#living.keys()]) {
      this.#bury(handlers);
      handlers.death(reason);
    }
  }

  #hold(shares: readonly UncheckedShare[], handlers: VerifierHandlers): HeldBatch {
    const numbers = shares.map(({ header }) =>
      new DataView(header.buffer, header.byteOffset).getUint32(0)
    );
    this.seen.push(...numbers);
    const batch: HeldBatch = {
      numbers,
      answer: (verdicts) => {
        this.#forget(batch);
        const now = performance.timeOrigin + performance.now();
        const answer = { verdicts: Uint8Array.from(verdicts), begunAt: now, endedAt: now };
        handlers.verdicts(answer);
      },
    };
    this.batches.push(batch);
    return batch;
  }

  #bury(handlers: VerifierHandlers): void {
    for (const batch of this.#living.get(handlers) ?? []) this.#forget(batch);
    this.#living.delete(handlers);
  }

  #forget(batch: HeldBatch): void {
    const at = this.batches.indexOf(batch);
    if (at >= 0) this.batches.splice(at, 1);
  }
}
