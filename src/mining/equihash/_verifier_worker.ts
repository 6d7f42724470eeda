import type { SharedLayout } from "./_shared_batches.ts";

type Glue = typeof import("../../../wasm/pkg/equihash_verifier.js");

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
  scope: WorkerScope<StartVerifier, string>,
  glue: Pick<Glue, "Checker" | "initSync">,
): void {
  // Read once: the getter takes a microsecond after a rest.
  const { timeOrigin } = performance;
  const now = (): number => timeOrigin + performance.now();
  const serve = ({ module, shared, layout }: StartVerifier): void => {
    const { memory } = glue.initSync({ module });
    const checker = new glue.Checker(layout.batchLimit);
    const [ASKED, ANSWERED, ENDED] = [0, 1, 2];
    const counters = new Int32Array(shared, 0, 3);
    // Views are made once: after a rest, each object made anew costs microseconds.
    const slots = Array.from({ length: layout.slots }, (_, i) => {
      const at = layout.slotsAt + i * layout.slotLength;
      return {
        count: new Int32Array(shared, at, 1),
        times: new Float64Array(shared, at + layout.timesAt, 2),
        verdicts: new Uint8Array(shared, at + layout.verdictsAt, layout.batchLimit),
        /** By their number: those of a whole batch. */
        shares: Array.from(
          { length: layout.batchLimit + 1 },
          (_, count) => new Uint8Array(shared, at + layout.sharesAt, count * layout.shareLength),
        ),
      };
    });
    const sharesAt = checker.sharesOffset();
    const verdictsAt = checker.verdictsOffset();
    let bytes = new Uint8Array(memory.buffer);
    for (let answered = 0;; answered = (answered + 1) | 0) {
      while (Atomics.load(counters, ASKED) === answered) Atomics.wait(counters, ASKED, answered);
      if (Atomics.load(counters, ENDED) !== 0) return;
      const slot = slots[answered & (layout.slots - 1)];
      if (slot === undefined) throw new RangeError("The number of slots is not a power of two");
      slot.times[0] = now();
      const count = slot.count[0] ?? 0;
      // A view of memory that has grown since is empty.
      if (bytes.length === 0) bytes = new Uint8Array(memory.buffer);
      const shares = slot.shares[count];
      if (shares === undefined) throw new RangeError("The batch is longer than agreed");
      bytes.set(shares, sharesAt);
      checker.check(count);
      for (let i = 0; i < count; i++) slot.verdicts[i] = bytes[verdictsAt + i] ?? 0;
      slot.times[1] = now();
      Atomics.store(counters, ANSWERED, (answered + 1) | 0);
      Atomics.notify(counters, ANSWERED);
    }
  };
  scope.onmessage = ({ data }) => {
    try {
      serve(data);
    } catch (thrown) {
      // Caught, because the runtime would write it to the standard error output, past the log.
      scope.postMessage(String(thrown));
    }
  };
}
