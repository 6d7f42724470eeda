import type { Clock } from "../../base/mod.ts";

/** Between two lines about the same thing. */
const REPEAT_MS = 600_000;
/** Lines of all in a minute. */
const LINES_PER_MINUTE = 20;
const MINUTE_MS = 60_000;
/** Things that are remembered as told; the oldest is forgotten. */
const REMEMBERED_MAX = 2_000;

/**
 * Bounds what miners can make the log say at `info`: one line about the same thing in ten minutes,
 * twenty lines a minute in all. What is left out is counted and goes with the next line.
 */
export class NoticeAllowance {
  readonly #clock: Clock;
  readonly #told = new Map<string, { atMs: number; since: number }>();
  #minute = { startMs: -Infinity, lines: 0 };
  #leftOut = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Asks for leave to write a line.
   *
   * @param subject what the line is about; lines of one subject repeat each other.
   * @returns how many times it happened since the subject's last line, this time included, and how
   *   many subjects had no line meanwhile because of the limit; undefined where nothing is written.
   */
  ask(subject: string): { readonly times: number; readonly others: number } | undefined {
    const now = this.#clock.monotonic();
    const known = this.#told.get(subject);
    if (known !== undefined && now - known.atMs < REPEAT_MS) {
      known.since++;
      return undefined;
    }
    if (now - this.#minute.startMs >= MINUTE_MS) this.#minute = { startMs: now, lines: 0 };
    if (this.#minute.lines >= LINES_PER_MINUTE) {
      this.#leftOut++;
      return undefined;
    }
    this.#minute.lines++;
    const granted = { times: (known?.since ?? 0) + 1, others: this.#leftOut };
    this.#leftOut = 0;
    this.#told.delete(subject);
    this.#told.set(subject, { atMs: now, since: 0 });
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= REMEMBERED_MAX) break;
      this.#told.delete(oldest);
    }
    return granted;
  }
}
