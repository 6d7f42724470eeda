import { type Clock, sleep } from "../../base/mod.ts";

/** Steps between two looks at the clock. */
const STEPS_PER_LOOK = 4;

/** Time after which everybody else has a turn: a share waits for no more than this. */
const SLICE_MS = 3;

/**
 * Does what takes many steps, and lets the event loop turn in between: jobs for 20,000 channels take
 * a second. Few steps are done before this returns.
 */
export async function inSlices(clock: Clock, steps: Iterable<void>): Promise<void> {
  let since = clock.monotonic();
  let count = 0;
  for (const _ of steps) {
    if (++count % STEPS_PER_LOOK !== 0) continue;
    // What the steps have sent is sealed in this moment, which takes most of the time.
    await undefined;
    if (clock.monotonic() - since < SLICE_MS) continue;
    await sleep(clock, 0);
    since = clock.monotonic();
  }
}
