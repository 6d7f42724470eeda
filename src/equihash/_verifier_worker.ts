import type { SharedLayout } from "./_shared_batches.ts";

type Glue = typeof import("../../wasm/pkg/equihash_verifier.js");

/** The part of a worker's global scope that is used. */
export interface WorkerScope<In, Out> {
  onmessage: ((event: { data: In }) => void) | null;
  postMessage(message: Out): void;
}

/** The only message that a verifier's worker is sent; all else goes through shared memory. */
export interface StartVerifier {
  readonly module: WebAssembly.Module;
  readonly shared: SharedArrayBuffer;
  readonly layout: SharedLayout;
}

/**
 * The whole program of a verifier's worker: waits for batches in shared memory until it is told to
 * end. A thread that still waits there would keep the process from ending.
 *
 * Its text is sent to the worker, behind that of the glue: a worker from a local file would need
 * read permission. So it must not use anything outside of its own body but its parameters.
 */
export function serveVerifier(
  scope: WorkerScope<StartVerifier, never>,
  glue: Pick<Glue, "Checker" | "initSync">,
): void {
  const now = (): number => performance.timeOrigin + performance.now();
  scope.onmessage = ({ data: { module, shared, layout } }) => {
    const { memory } = glue.initSync({ module });
    const checker = new glue.Checker(layout.batchLimit);
    const [ASKED, ANSWERED, ENDED] = [0, 1, 2];
    const counters = new Int32Array(shared, 0, 3);
    for (let answered = 0;; answered = (answered + 1) | 0) {
      while (Atomics.load(counters, ASKED) === answered) Atomics.wait(counters, ASKED, answered);
      if (Atomics.load(counters, ENDED) !== 0) return;
      const begunAt = now();
      const slotAt = layout.slotsAt + (answered & (layout.slots - 1)) * layout.slotLength;
      const count = new DataView(shared, slotAt).getInt32(0, true);
      const shares = new Uint8Array(shared, slotAt + layout.sharesAt, count * layout.shareLength);
      new Uint8Array(memory.buffer).set(shares, checker.sharesOffset());
      checker.check(count);
      new Uint8Array(shared, slotAt + layout.verdictsAt)
        .set(new Uint8Array(memory.buffer, checker.verdictsOffset(), count));
      new Float64Array(shared, slotAt + layout.timesAt, 2).set([begunAt, now()]);
      Atomics.store(counters, ANSWERED, (answered + 1) | 0);
      Atomics.notify(counters, ANSWERED);
    }
  };
}
