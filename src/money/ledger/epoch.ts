/**
 * Which scheme and fee hold when. A change takes effect at a recorded moment; what was credited
 * before is never computed again with other terms.
 *
 * @module
 */

/** The reward schemes by their names in the configuration. */
export const SCHEMES = ["pps", "pplns", "prop", "solo"] as const;

/** One of {@link SCHEMES}. */
export type Scheme = typeof SCHEMES[number];

/** What the window of PPLNS is counted in, by the names in the configuration. */
export const WINDOW_UNITS = ["shares", "difficulty"] as const;

/** One of {@link WINDOW_UNITS}. */
export type WindowUnit = typeof WINDOW_UNITS[number];

/** The terms from a moment on, until the next epoch begins. */
export interface Epoch {
  /** Unix milliseconds; belongs to the epoch. */
  readonly fromMs: number;
  readonly scheme: Scheme;
  /** The pool's fee in parts per million. */
  readonly feePpm: number;
  /**
   * How far PPLNS looks back: a number of accepted shares, or a multiple of the work that the network
   * expects for a block. Kept also while another scheme holds.
   */
  readonly pplnsWindow: number;
  readonly pplnsWindowUnit: WindowUnit;
}

/** True when the terms differ, so that a new epoch has to be recorded. */
export function changesTerms(now: Epoch, next: Omit<Epoch, "fromMs">): boolean {
  return now.scheme !== next.scheme || now.feePpm !== next.feePpm ||
    now.pplnsWindow !== next.pplnsWindow || now.pplnsWindowUnit !== next.pplnsWindowUnit;
}
