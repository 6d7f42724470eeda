/**
 * Instruments as rooms see them: each room declares an object of them for what it measures, and
 * observability makes the real ones. Units stand in the names (`_seconds`, `_bytes`).
 *
 * @module
 */

/** A number that only grows. */
export interface Counter {
  increment(by?: number): void;
}

/** A number that is set. */
export interface Gauge {
  set(value: number): void;
}

/** A distribution of values. */
export interface Histogram {
  observe(value: number): void;
}

/** A counter for each of a fixed set of label values; the set is bounded by its type. */
export interface CounterBy<Label extends string> {
  increment(label: Label, by?: number): void;
}

const nothing = { increment: () => {}, set: () => {}, observe: () => {} };

/**
 * Metrics that measure nothing: under each of a room's names an instrument of any kind that keeps
 * nothing. A room whose metrics can be left out has such an object, named `NO_…_METRICS`.
 */
export function noMetrics<Name extends string>(
  ...names: readonly Name[]
): Readonly<Record<Name, Counter & Gauge & Histogram & CounterBy<string>>> {
  // fromEntries forgets its keys; they are all the names, which is what the type says.
  return Object.fromEntries(names.map((name) => [name, nothing])) as Record<Name, typeof nothing>;
}
