import type { ToWorker, VerdictMessage } from "./_messages.ts";

type Glue = typeof import("../../wasm/pkg/equihash_verifier.js");

/** The part of a worker's global scope that is used. */
export interface WorkerScope<In, Out> {
  onmessage: ((event: { data: In }) => void) | null;
  postMessage(message: Out): void;
}

/**
 * The whole program of a verifier's worker.
 *
 * Its text is sent to the worker, behind that of the glue: a worker from a local file would need
 * read permission. So it must not use anything outside of its own body but its parameters.
 */
export function serveVerifier(
  scope: WorkerScope<ToWorker, VerdictMessage>,
  glue: Pick<Glue, "Checker" | "initSync">,
): void {
  const now = (): number => performance.timeOrigin + performance.now();
  let memory: WebAssembly.Memory;
  let checker: InstanceType<Glue["Checker"]>;
  scope.onmessage = ({ data }) => {
    if (data.kind === "start") {
      memory = glue.initSync({ module: data.module }).memory;
      checker = new glue.Checker(data.batchLimit);
      return;
    }
    const begunAt = now();
    new Uint8Array(memory.buffer).set(new Uint8Array(data.shares), checker.sharesOffset());
    checker.check(data.count);
    const verdicts = new Uint8Array(memory.buffer, checker.verdictsOffset(), data.count).slice();
    scope.postMessage({ serial: data.serial, verdicts, begunAt, endedAt: now() });
  };
}
