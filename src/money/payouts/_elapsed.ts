/**
 * Whether a time has passed since a moment that the wall clock told. A moment that lies further ahead
 * than that time was told by a clock that was wrong: waiting until it comes would make days of hours.
 *
 * @param nowMs Unix milliseconds, as `sinceMs`.
 */
export function hasPassed(
  nowMs: number,
  { sinceMs, ms }: { readonly sinceMs: number; readonly ms: number },
): boolean {
  return nowMs >= sinceMs + ms || sinceMs - nowMs > ms;
}
