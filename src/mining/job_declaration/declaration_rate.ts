import type { Clock } from "../../base/mod.ts";
import { DeclarationErrorCode } from "../../wire/protocol/mod.ts";
import { DeclarationRefusal } from "./refusal.ts";

const WINDOW_MS = 60_000;

/** Declarations of one identity at one address in a minute: a template comes twice in that time. */
const DECLARATIONS_MAX = 60;

/** Identities that are counted at a time; all are forgotten with the minute. */
const COUNTED_MAX = 10_000;

/** Bounds the declarations of each identity within an address, over reconnects. */
export class DeclarationRate {
  readonly #clock: Clock;
  #counts = new Map<string, number>();
  #since = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a declaration. @throws {DeclarationRefusal} `overloaded` when there were too many. */
  count(address: string, minerId: string): void {
    const now = this.#clock.monotonic();
    if (now - this.#since >= WINDOW_MS) {
      this.#counts = new Map();
      this.#since = now;
    }
    const key = `${address} ${minerId}`;
    const count = this.#counts.get(key) ?? 0;
    const isCounted = count > 0 || this.#counts.size < COUNTED_MAX;
    if (!isCounted || count >= DECLARATIONS_MAX) {
      throw new DeclarationRefusal(
        DeclarationErrorCode.overloaded,
        `at most ${DECLARATIONS_MAX} declarations a minute are taken; wait a minute`,
      );
    }
    this.#counts.set(key, count + 1);
  }
}
