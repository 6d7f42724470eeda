import type { Clock } from "../../base/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import { inSlices } from "./_in_slices.ts";

/** Who is told: a conversation. */
interface Informed {
  broadcast(template: JobTemplate, cleanJobs: boolean): Iterable<void>;
}

/** What one conversation has not been told. */
interface Untold {
  readonly template: JobTemplate;
  readonly cleanJobs: boolean;
  /** Those steps that are left; undefined before the first. */
  steps: Iterator<void> | undefined;
}

/** New work on its way to the conversations, which take turns. */
export class News {
  readonly #clock: Clock;
  /** In the order of their turns. */
  readonly #untold = new Map<Informed, Untold>();
  #isTelling = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Tells all of these, besides those who still wait for what came before, of the newest work. */
  announce(all: Iterable<Informed>, template: JobTemplate, cleanJobs: boolean): void {
    for (const conversation of all) {
      // Work that was void before is so for whoever has not heard it.
      const isClean = cleanJobs || this.#untold.get(conversation)?.cleanJobs === true;
      this.#untold.set(conversation, { template, cleanJobs: isClean, steps: undefined });
    }
    if (this.#isTelling) return;
    this.#isTelling = true;
    void inSlices(this.#clock, this.#tell()).finally(() => this.#isTelling = false);
  }

  /** The conversation has ended. */
  forget(conversation: Informed): void {
    this.#untold.delete(conversation);
  }

  *#tell(): Generator<void, void> {
    for (const [conversation, untold] of this.#untold) {
      const { template, cleanJobs } = untold;
      untold.steps ??= conversation.broadcast(template, cleanJobs)[Symbol.iterator]();
      const isTold = untold.steps.next().done === true;
      // In a step a conversation may end.
      if (this.#untold.get(conversation) === untold) {
        this.#untold.delete(conversation);
        // Behind all others, and found there by this loop.
        if (!isTold) this.#untold.set(conversation, untold);
      }
      yield;
    }
  }
}
