/** Sees faults of this program that nothing has caught, until it is disposed of. */
export interface FaultWatch extends Disposable {
  /** The first of them; what follows is mostly its consequence. */
  readonly first: { readonly reason: unknown } | undefined;
}

/**
 * Keeps an uncaught fault from ending the process on the spot: accepted shares may wait to be
 * written, and miners are to be told to come back. Whoever watches has to end in order soon.
 *
 * @param onFault called at the first fault.
 */
export function watchFaults(onFault: () => void): FaultWatch {
  let first: { readonly reason: unknown } | undefined;
  const see = (event: Event, reason: unknown): void => {
    event.preventDefault();
    if (first !== undefined) return;
    first = { reason };
    onFault();
  };
  const rejected = (event: PromiseRejectionEvent): void => see(event, event.reason);
  const thrown = (event: ErrorEvent): void => see(event, event.error);
  globalThis.addEventListener("unhandledrejection", rejected);
  globalThis.addEventListener("error", thrown);
  return {
    get first() {
      return first;
    },
    [Symbol.dispose](): void {
      globalThis.removeEventListener("unhandledrejection", rejected);
      globalThis.removeEventListener("error", thrown);
    },
  };
}
