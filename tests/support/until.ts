import assert from "node:assert/strict";

/** How long it may take; a loaded machine is slow. */
const LIMIT_MS = 30_000;

/** Between two looks. */
const PAUSE_MS = 10;

/**
 * Waits for what another process, a server or a socket brings about: no clock of a test moves these,
 * and many tell nobody, so they are asked again and again.
 *
 * @param what the failure's text where it does not come about in time.
 */
export async function until(
  what: string | (() => string),
  isSo: () => boolean | Promise<boolean>,
  limitMs = LIMIT_MS,
): Promise<void> {
  const limit = performance.now() + limitMs;
  while (!await isSo()) {
    assert(performance.now() < limit, typeof what === "string" ? what : what());
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
