import type { Solver, SolveRequest } from "./interfaces.ts";

/**
 * A solver that takes one nonce at a time and lets others wait. A search outlives its connection by
 * up to a nonce, and several miners may share one thread.
 */
export class SolverTurns implements Solver {
  readonly #solver: Solver;
  #last: Promise<unknown> = Promise.resolve();

  constructor(solver: Solver) {
    this.#solver = solver;
  }

  solve(request: SolveRequest): Promise<Uint8Array[]> {
    const turn = this.#last.then(() => this.#solver.solve(request));
    // Whoever asked for a nonce hears of its failure; the next one gets a turn all the same.
    this.#last = turn.catch(() => {});
    return turn;
  }
}
