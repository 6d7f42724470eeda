/** A signal that fires when the process is asked to end. */
export interface StopSignal extends Disposable {
  readonly signal: AbortSignal;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** As shells count a process that was ended by SIGINT. */
const ENDED_BY_SIGNAL = 130;

/**
 * Listens for SIGINT and SIGTERM until it is disposed of. The first one asks for an orderly end;
 * a second one ends the process at once, which loses nothing that was acknowledged.
 */
export function stopSignal(): StopSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) Deno.exit(ENDED_BY_SIGNAL);
    controller.abort();
  };
  for (const name of SIGNALS) Deno.addSignalListener(name, stop);
  return {
    signal: controller.signal,
    [Symbol.dispose](): void {
      for (const name of SIGNALS) Deno.removeSignalListener(name, stop);
    },
  };
}

/** Resolves when the signal has fired. */
export function fired(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
