/** Lines of one event that are written within one stretch of time. */
const LINES_MAX = 50;
/** The stretch. */
const WINDOW_MS = 10_000;

interface Window {
  startMs: number;
  lines: number;
  leftOut: number;
}

/**
 * Bounds how often the same warning or error is written: strangers can cause some of them (failed
 * handshakes, garbage) as fast as they like, and must not fill the operator's disk or hide other
 * lines. What is left out is counted and said. Event names are words of ours, so that their number
 * is bounded by the program.
 */
export class RepeatLimiter {
  readonly #windows = new Map<string, Window>();

  /**
   * Asks for leave to write a line.
   *
   * @param nowMs of the monotonic clock.
   * @returns whether it may be written, and how many before it were not, said once.
   */
  ask(event: string, nowMs: number): { readonly granted: boolean; readonly leftOut: number } {
    const window = this.#windows.get(event);
    if (window === undefined || nowMs - window.startMs >= WINDOW_MS) {
      this.#windows.set(event, { startMs: nowMs, lines: 1, leftOut: 0 });
      return { granted: true, leftOut: window?.leftOut ?? 0 };
    }
    window.lines++;
    if (window.lines <= LINES_MAX) return { granted: true, leftOut: 0 };
    window.leftOut++;
    return { granted: false, leftOut: 0 };
  }

  /** What was left out and not said yet, by event; said by that. */
  settle(): [event: string, leftOut: number][] {
    const unsaid: [string, number][] = [];
    for (const [event, window] of this.#windows) {
      if (window.leftOut > 0) unsaid.push([event, window.leftOut]);
    }
    this.#windows.clear();
    return unsaid;
  }
}
