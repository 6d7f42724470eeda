import { PoolError } from "../../base/mod.ts";

/** The verifier was closed before this request had an answer. */
export class VerifierClosedError extends PoolError {
  constructor() {
    super("verifier-closed", "Cannot verify a solution: the verifier was closed");
  }
}

/** The queue is full, and others with fewer shares in it took this one's place. */
export class VerifierOverloadedError extends PoolError {
  constructor() {
    super("verifier-overloaded", "Cannot verify a solution: the queue is full");
  }
}

/** The solver gave no answer: its worker failed, or it was closed or is at work already. */
export class SolverError extends PoolError {
  constructor(reason: string, options?: ErrorOptions) {
    super("solver-failed", `Cannot solve: ${reason}`, options);
  }
}
