/** A signal that fires when the process is asked to end. */
export interface StopSignal extends Disposable {
  /** Its `reason` is the name of the system's signal, or what {@link stop} was told. */
  readonly signal: AbortSignal;
  /** Asks for an orderly end, as the first signal of the system does. */
  stop(why: string): void;
}

/** Ctrl-C and a service manager. */
const ENDING = ["SIGINT", "SIGTERM"] as const;

/** For commands that a person waits for, a terminal that is closed as well. */
const ENDING_WITH_TERMINAL = [...ENDING, "SIGHUP"] as const;

/** As shells count a process that was ended by SIGINT. */
const ENDED_BY_SIGNAL = 130;

/**
 * Listens for SIGINT, SIGTERM and SIGHUP until it is disposed of. The first one asks for an orderly end;
 * a second one ends the process at once, which loses nothing that was acknowledged.
 *
 * @param options `hangup` false leaves SIGHUP to somebody else.
 */
export function stopSignal({ hangup = true }: { readonly hangup?: boolean } = {}): StopSignal {
  const controller = new AbortController();
  const listeners = (hangup ? ENDING_WITH_TERMINAL : ENDING).map((name) => {
    const listener = (): void => {
      if (controller.signal.aborted) Deno.exit(ENDED_BY_SIGNAL);
      controller.abort(name);
    };
    return { name, listener };
  });
  for (const { name, listener } of listeners) Deno.addSignalListener(name, listener);
  return {
    signal: controller.signal,
    stop: (why) => controller.abort(why),
    [Symbol.dispose](): void {
      for (const { name, listener } of listeners) Deno.removeSignalListener(name, listener);
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
