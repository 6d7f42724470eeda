/**
 * Time as a thing that is handed in: a whole pool can run on a clock that a test moves.
 *
 * @module
 */

/** What every room knows of time. */
export interface Clock {
  /** Unix time in milliseconds; may jump when the operator sets the machine's clock. */
  now(): number;
  /** Milliseconds since some moment; never goes back. For durations and deadlines. */
  monotonic(): number;
  /** Calls back once after `delayMs`; the returned function cancels and may be called twice. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A timer that fires this much late tells of our own standstill: a paused machine or process. */
const STANDSTILL_MS = 1_000;

/**
 * Calls back once after `delayMs`, for what is to be held against somebody else: a peer that is
 * silent, a node that does not answer. A timer that fires late by {@link STANDSTILL_MS} or more says
 * that this program stood still and has not read yet what came meanwhile. Then it is set once more,
 * and only once, so that a machine that is always late still judges.
 *
 * @returns cancels; may be called twice.
 */
export function judgeAfter(clock: Clock, delayMs: number, judge: () => void): () => void {
  const dueAt = clock.monotonic() + delayMs;
  let cancel = clock.after(delayMs, () => {
    if (clock.monotonic() - dueAt < STANDSTILL_MS) return judge();
    cancel = clock.after(Math.max(delayMs, STANDSTILL_MS), judge);
  });
  return () => cancel();
}

/**
 * Resolves after `delayMs`, or at once when the signal fires: callers look at the signal, so that
 * a loop ends by its own condition and not by an exception.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal?.addEventListener("abort", finish, { once: true });
  });
}

/**
 * A signal that fires when the parent does or after `delayMs`; `done` releases the timer and must
 * be called when the guarded work has ended.
 */
export function deadline(
  clock: Clock,
  delayMs: number,
  parent?: AbortSignal,
): { signal: AbortSignal; done: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort(parent?.reason);
  if (parent?.aborted) abort();
  parent?.addEventListener("abort", abort, { once: true });
  const cancel = judgeAfter(
    clock,
    delayMs,
    () => controller.abort(new DOMException(`no answer within ${delayMs} ms`, "TimeoutError")),
  );
  return {
    signal: controller.signal,
    done(): void {
      cancel();
      parent?.removeEventListener("abort", abort);
    },
  };
}

/**
 * What a promise gives within a time; undefined when it takes longer, and then what it gives or
 * throws later is of no interest.
 */
export async function within<T>(
  clock: Clock,
  limitMs: number,
  promise: Promise<T>,
): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const cancel = judgeAfter(clock, limitMs, () => late.resolve(undefined));
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    cancel();
  }
}
