import { VerifierClosedError } from "../../src/mining/equihash/errors.ts";
import type { EquihashVerifier } from "../../src/mining/equihash/verifier.ts";
import { verifySolution } from "../../src/mining/equihash/verify_solution.ts";

/** The in-process twin of the worker verifier: same wasm, answers at once, has no queue. */
export function createLocalVerifier(): EquihashVerifier {
  let closed = false;
  return {
    waiting: 0,
    verify({ header }) {
      if (closed) return Promise.reject(new VerifierClosedError());
      return Promise.resolve(verifySolution(header));
    },
    close() {
      closed = true;
      return Promise.resolve();
    },
  };
}
