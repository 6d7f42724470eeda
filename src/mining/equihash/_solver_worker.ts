import type { WorkerScope } from "./_verifier_worker.ts";

type Glue = typeof import("../../../wasm/pkg/equihash_solver.js");

/** Everything a solver's worker is sent: the module first, then one nonce per message. */
export type ToSolver =
  | { readonly kind: "start"; readonly module: WebAssembly.Module }
  | { readonly kind: "solve"; readonly headerPrefix: Uint8Array; readonly nonce: Uint8Array };

/** The solutions of one nonce, 1,344 bytes each, one after another. */
export interface SolutionsMessage {
  readonly solutions: Uint8Array;
}

/** The whole program of a solver's worker; sent as text, so it uses nothing but its parameters. */
export function serveSolver(
  scope: WorkerScope<ToSolver, SolutionsMessage>,
  glue: Pick<Glue, "initSync" | "solve">,
): void {
  scope.onmessage = ({ data }) => {
    if (data.kind === "start") glue.initSync({ module: data.module });
    else scope.postMessage({ solutions: glue.solve(data.headerPrefix, data.nonce) });
  };
}
