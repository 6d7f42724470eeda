import { compareLe256 } from "../../base/mod.ts";
import type { Solver } from "./interfaces.ts";
import type { MinerEvent } from "./miner_event.ts";
import { type Attempt, headerHash, type Work } from "./work.ts";

/** A solution that is good enough for its job. */
export interface FoundShare {
  readonly work: Work;
  readonly attempt: Attempt;
  /** 1,344 bytes. */
  readonly solution: Uint8Array;
  /** Header hash, 32 bytes in internal order. */
  readonly hash: Uint8Array;
}

/** The search of one connection: nonce after nonce of its newest work. */
export class Search {
  readonly #solver: Solver;
  readonly #onEvent: (event: MinerEvent) => void;
  readonly #found: (share: FoundShare) => void;
  /** Resolves at the end, so that the search need not finish its nonce. */
  readonly #over = Promise.withResolvers<"over">();
  #counter: bigint;
  #work: Work | undefined;
  #workArrived = Promise.withResolvers<void>();
  #ended = false;

  /** @param counter the first nonce. */
  constructor(
    counter: bigint,
    modules: { readonly solver: Solver; readonly onEvent: (event: MinerEvent) => void },
    found: (share: FoundShare) => void,
  ) {
    this.#counter = counter;
    this.#solver = modules.solver;
    this.#onEvent = modules.onEvent;
    this.#found = found;
  }

  /** Goes on with this work; solutions of earlier work of the same generation still count. */
  turnTo(work: Work): void {
    this.#work = work;
    this.#workArrived.resolve();
    this.#workArrived = Promise.withResolvers();
  }

  /** Ends it; nothing is found from now on. */
  end(): void {
    this.#ended = true;
    this.#over.resolve("over");
  }

  /** Searches until the end; rejects with what the solver rejects with. */
  async run(): Promise<void> {
    while (!this.#ended) {
      const work = this.#work;
      if (work === undefined) {
        await Promise.race([this.#workArrived.promise, this.#over.promise]);
        continue;
      }
      const attempt = work.attempt(this.#counter++);
      const solutions = await Promise.race([this.#solver.solve(attempt), this.#over.promise]);
      if (solutions === "over") return;
      this.#onEvent({ kind: "searched", solutions: solutions.length });
      for (const solution of solutions) this.#judge(work, attempt, solution);
    }
  }

  #judge(work: Work, attempt: Attempt, solution: Uint8Array): void {
    // Work that is void by now was asked to be dropped.
    if (this.#ended || work.generation !== this.#work?.generation) return;
    const hash = headerHash(attempt, solution);
    if (compareLe256(hash, work.target) <= 0) this.#found({ work, attempt, solution, hash });
  }
}
