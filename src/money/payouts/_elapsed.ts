/**
 * Whether a time has passed since a moment read from the wall clock. A moment that lies further ahead
 * than that time was read from a wrong clock: waiting until it comes would make days of hours.
 *
 * @param nowMs Unix milliseconds, as `sinceMs`.
 */
export function hasPassed(
  nowMs: number,
  { sinceMs, ms }: { readonly sinceMs: number; readonly ms: number },
): boolean {
  return nowMs >= sinceMs + ms || sinceMs - nowMs > ms;
}
